using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Demands on the format of the answer.</summary>
internal static partial class FormatDemands
{
    /// <summary>Two different ones of these cannot both be the format of one answer.</summary>
    public static IEnumerable<Demand> Read(PromptText prompt)
    {
        foreach (Match match in Pattern().Matches(prompt.Prose).Take(DemandReader.MatchesMax))
        {
            if (prompt.SentenceAt(match.Index) is { IsHeading: false } sentence
                && DemandReader.Read(prompt, match, sentence.Span, StanceOf(match)) is { } demand)
                yield return demand with { Scope = DemandScope.Answer };
        }
    }

    /// <summary>Bullets are Markdown, and a table may be; everything else excludes everything else.</summary>
    public static bool Exclude(string one, string other) =>
        one != other && (one, other) is not (("Markdown", "bullets") or ("bullets", "Markdown"));

    private static string StanceOf(Match match) => match.Groups["format"].Value.ToLowerInvariant() switch
    {
        "json" => "JSON",
        "xml" => "XML",
        "yaml" => "YAML",
        "csv" => "CSV",
        "html" => "HTML",
        "markdown" => "Markdown",
        var format when format.StartsWith("plain", StringComparison.Ordinal) => "plain text",
        var format when format.Contains("bullet", StringComparison.Ordinal) => "bullets",
        _ => "prose",
    };

    // "as", "in" or "only" before the name of the format, after a verb of answering.
    [GeneratedRegex(
        """
        \b(?:respond|reply|answer|return|output|format|write|present|give|provide|produce|use)\s
        (?:(?!then\b|and\b|from\b)[\w'’-]{1,20},?\s){0,6}?
        (?:(?:only|just|strictly|exclusively|as|in|with|using|valid|a|an)\s){1,4}
        (?:(?:single|raw|valid|well-formed|pure|flat|nested|minified)\s){0,2}
        (?<format>json|xml|yaml|csv|html|markdown|plain\s?-?text|bullet(?:ed)?(?:\spoints?|\slists?)?
            |prose|(?:full|flowing)\sparagraphs)\b
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Pattern();
}
