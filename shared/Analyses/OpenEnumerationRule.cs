using System.Text.RegularExpressions;

namespace Assay;

internal sealed partial class OpenEnumerationRule() : LintRule(
    "open-enumeration", Severity.Info, "“etc.” or “and so on” leaves the model to guess the rest of the list")
{
    public override IEnumerable<Finding> Check(PromptText prompt) =>
        !prompt.IsEnglish ? [] : Pattern().Matches(prompt.Prose)
            .Where(match => prompt.InstructionAt(match.Index) is not null)
            .Select(match => Found(
                prompt, match.Groups["phrase"].Span(),
                "Name everything that belongs to the list, or the rule behind it.",
                Change(match.Span(), EndsSentence(prompt.Prose, match) ? "." : "", "Close the list.")));

    /// <summary>The stop of "etc." is often the stop of its sentence too.</summary>
    private static bool EndsSentence(string prose, Match match)
    {
        var end = match.Index + match.Length;
        return match.Value.EndsWith('.')
            && (end == prose.Length || prose[end] == '\n' || (end + 1 < prose.Length && char.IsUpper(prose[end + 1])));
    }

    [GeneratedRegex(
        @",?\s(?:and\s)?(?<phrase>etc\b\.?|et cetera\b|and so (?:on|forth)\b|and the like\b|and more\b(?=[.)]))",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Pattern();
}
