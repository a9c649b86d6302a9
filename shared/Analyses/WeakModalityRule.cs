using System.Text.RegularExpressions;

namespace Assay;

/// <summary>"Try to keep it short" leaves open whether it has to be.</summary>
internal sealed partial class WeakModalityRule() : LintRule(
    "weak-modality", Severity.Info, "“try to”, “maybe”, “if possible” make an instruction optional")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        if (!prompt.IsEnglish)
            yield break;

        foreach (Match match in Pattern().Matches(prompt.Prose))
        {
            if (prompt.SentenceAt(match.Groups["phrase"].Index) is not { } sentence
                || !IsOwn(prompt, sentence, match)
                || (prompt.InstructionAt(sentence.Span.Start) is null && !match.Groups["wish"].Success))
                continue;

            yield return Found(
                prompt, match.Groups["phrase"].Span(),
                $"“{match.Groups["phrase"].Value}” leaves open whether this has to be done.",
                Removal(prompt, sentence, match));
        }
    }

    /// <summary>
    /// "Users who try to log in" is a description; the phrase has to open the sentence or follow "you", "please" …
    /// </summary>
    private static bool IsOwn(PromptText prompt, Sentence sentence, Match match)
    {
        if (!match.Groups["opens"].Success)
            return true;

        var before = prompt.Prose.AsSpan(sentence.Span.Start, match.Index - sentence.Span.Start);
        return before.IsWhiteSpace() || Before().IsMatch(before);
    }

    private Patch Removal(PromptText prompt, Sentence sentence, Match match)
    {
        var span = match.Span();
        var opensSentence = sentence.Span.Start == span.Start;
        if (!opensSentence || span.End >= prompt.Prose.Length)
            return Change(span, "", "Say it plainly.");

        var next = char.ToUpperInvariant(prompt.Text[span.End]);
        return Change(new(span.Start, span.End + 1), $"{next}", "Say it plainly.");
    }

    [GeneratedRegex(
        @"\b(?<opens>(?<phrase>(?:please )?try (?:your best )?to|(?:please )?attempt to|you (?:might|may) want to"
        + @"|you could (?:maybe|perhaps)|you should probably|you can try to"
        + @"|(?<wish>it would be (?:nice|great|good) if you (?:could|would))|perhaps|maybe|hopefully),?[ ])"
        + @"|,?[ ](?<phrase>if (?:at all )?possible|when possible|where possible|if you can)(?=[.,!;]|\s*$)",
        Patterns.Lines, Patterns.Timeout)]
    private static partial Regex Pattern();

    [GeneratedRegex(
        @"(?:^|[,;]\s|\b(?:please|and|but|then|always|also|so|should|must|you)\s)$",
        Patterns.Options | RegexOptions.RightToLeft, Patterns.Timeout)]
    private static partial Regex Before();
}
