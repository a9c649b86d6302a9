using System.Text.RegularExpressions;

namespace Assay;

internal sealed partial class VagueGoalRule() : LintRule(
    "vague-goal", Severity.Warning, "A wish (“make it better”) that cannot be checked")
{
    public override IEnumerable<Finding> Check(PromptText prompt) =>
        !prompt.IsEnglish ? [] : Pattern().Matches(prompt.Prose)
            .Where(match => prompt.SentenceAt(match.Index) is { IsHeading: false } sentence
                && !Explained(prompt, sentence.Span, match))
            .Select(match => Found(
                prompt, match.Span(), $"“{match.Value}” cannot be checked; say what would make it so."));

    /// <summary>"Make it better by adding examples" says how.</summary>
    private static bool Explained(PromptText prompt, TextSpan sentence, Match match) =>
        How().IsMatch(prompt.Prose.AsSpan(match.Index + match.Length, sentence.End - match.Index - match.Length));

    [GeneratedRegex(
        @"\bmake (?:it|this|that|them|these|(?:the|my|your|our) \w{2,20}) "
        + @"(?:sound |look |more |really |very |much |as )?"
        + @"(?:good|better|best|great|nice|nicer|perfect|awesome|amazing|cool|cooler|pop|interesting|professional"
        + @"|impressive|beautiful)\b"
        + @"|\b(?:in|with|use|using|of) (?:a|an) (?:good|nice|proper|suitable|reasonable|appropriate) "
        + @"(?:format|way|manner|style|structure|length|number|amount|quality)\b"
        + @"|\bhandle (?:it|this|that|them) (?:properly|well|appropriately|accordingly)\b"
        + @"|\bdo (?:something|what(?:ever)? is) (?:reasonable|appropriate|sensible|right)\b"
        + @"|\b(?:do|try) your (?:very )?best\b"
        + @"|\b(?:something|anything) (?:good|nice|great|cool|interesting|creative)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Pattern();

    [GeneratedRegex(
        @"^[^.]{0,20}\b(?:by|so that|because|such that|meaning|i\.e)\b|^\s*:", Patterns.Options, Patterns.Timeout)]
    private static partial Regex How();
}
