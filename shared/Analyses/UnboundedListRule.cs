using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// A request for ideas, ways, examples without saying how many. A list taken from given material has its own end.
/// </summary>
internal sealed partial class UnboundedListRule() : LintRule(
    "unbounded-list", Severity.Warning, "A list is asked for without saying how many items")
{
    private const string Nouns =
        "ideas|examples|ways|reasons|tips|options|suggestions|names|questions|topics|facts|benefits|titles|headlines"
        + "|alternatives|strategies|techniques|methods|recommendations|use cases|advantages|disadvantages|slogans"
        + "|keywords|hashtags|activities|recipes|books|movies|tools|things|approaches|risks|scenarios|quotes"
        + "|variations";

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        if (!prompt.IsEnglish)
            yield break;

        foreach (Match match in Pattern().Matches(prompt.Prose))
        {
            if (prompt.InstructionAt(match.Index) is not { Polarity: Polarity.Do } instruction
                || IsBounded(prompt.Prose.AsSpan(instruction.Span.Start, instruction.Span.Length)))
                continue;

            yield return Found(prompt, match.Span(), "Say how many, or what ends the list.", Limit(prompt, match));
        }
    }

    private Patch Limit(PromptText prompt, Match match)
    {
        var (all, items) = (match.Groups["all"], match.Groups["items"]);
        return all.Success
            ? Change(
                new(all.Index, match.Index + match.Length), $"up to 10 {items.Span().In(prompt.Text)}", "Set a limit.")
            : Change(TextSpan.At(items.Index), "5 ", "Say how many.");
    }

    private static bool IsBounded(ReadOnlySpan<char> sentence) => Bound().IsMatch(sentence);

    [GeneratedRegex(
        @"\b(?:list|give|provide|generate|suggest|brainstorm|name|enumerate|share|propose|recommend|come up with"
        + @"|write down|think of)\s(?:me\s|us\s|him\s|her\s|them\s)?"
        + @"(?<all>(?:(?:all|every|any)(?:\sof)?(?:\sthe)?|as many)(?:\spossible)?\s|(?:endless|countless)\s)?"
        + @"(?<items>(?:(?!(?:a|an|the|some|several|many|few|various|more|your|my|our|these|those|this"
        + @"|at|up|no|for|on|of|to|in|about|and)\b)[a-z\-]{2,20}\s){0,2}"
        + @"(?:" + Nouns + @"))\b(?<tail>\sas\s(?:you\scan|possible)\b)?",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Pattern();

    [GeneratedRegex(
        @"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|single|couple|dozen"
        + @"|few|several|some|(?<!as\s)many|various|x{5,})\b"
        + @"|\b(?:top|up to|at most|at least|no more than|each|per|both|pair|following|mentioned|listed|given"
        + @"|provided|above|below"
        + @"|in the (?:\w+ ){0,2}(?:text|document|article|list|data|transcript|email|file|code|table|passage)"
        + @"|from the|used in|found in|contained|relevant)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Bound();
}
