using System.Text.RegularExpressions;

namespace Assay;

/// <summary>"Give some examples": the number is what the model should not have to guess.</summary>
internal sealed partial class VagueQuantifierRule() : LintRule(
    "vague-quantifier", Severity.Warning, "“some”, “several”, “a few” where a number is meant")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        if (!prompt.IsEnglish)
            yield break;

        foreach (Match match in Pattern().Matches(prompt.Prose))
        {
            if (prompt.InstructionAt(match.Index) is not { Polarity: Polarity.Do })
                continue;

            var quantifier = match.Groups["quantifier"];
            var number = NumberFor(quantifier.Value.ToLowerInvariant());
            yield return Found(
                prompt, quantifier.Span(), $"How many is “{quantifier.Value}”? Give a number or a range.",
                Change(quantifier.Span(), number, $"Say {number}."));
        }
    }

    private static string NumberFor(string quantifier) => quantifier switch
    {
        "a couple of" => "2",
        "a few" or "few" or "some" or "a handful of" => "3",
        "several" or "multiple" or "various" or "a number of" => "5",
        _ => "10",
    };

    // Verb of output, at most three words, quantifier, then a plural: "some of the text" and "some clarity" stay.
    [GeneratedRegex(
        @"\b(?:list|give|provide|write|include|add|suggest|generate|create|offer|propose|name|mention|show|return"
        + @"|produce|share|recommend|draft|ask|brainstorm|find)\s"
        + @"(?:(?!(?:the|a|an|that|which|if|when|because)\b)[\w'’-]{1,20}\s){0,3}?"
        + @"(?<quantifier>some|several|a few|a couple of|a handful of|a number of|a bunch of|lots of|a lot of|many"
        + @"|multiple|numerous|various)\s"
        + @"(?!of\b)(?:(?!(?:the|of|in|for|to|and|or)\b)[\w'’-]{2,20}\s){0,3}?"
        + @"(?!this\b|his\b|its\b|is\b|was\b|has\b|as\b|thus\b|always\b|focus\b|emphasis\b|analysis\b|basis\b"
        + @"|progress\b|less\b|process\b|success\b|stress\b|business\b|access\b)"
        + @"(?:[\w'’-]{1,24}(?<![su'’i])s|people|children|ideas|criteria|men|women)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Pattern();
}
