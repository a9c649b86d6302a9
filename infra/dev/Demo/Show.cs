using System.Globalization;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Prints answers for people: a heading, then aligned lines that fit a terminal.</summary>
internal static partial class Show
{
    private const int FindingsMax = 8;
    private const int SnippetWidth = 150;

    public static void Heading(string text) => Console.WriteLine($"\n{text}");

    public static void Documents(IReadOnlyList<Document> documents)
    {
        var width = documents.Max(document => document.Title.Length);
        foreach (var document in documents)
            Line($"{document.Title.PadRight(width)}  {Count(document.ChunkCount, "chunk"),10}"
                + $"  {document.TokenCount,6:N0} tokens  {document.Language}");
    }

    public static void Hits(string query, IReadOnlyList<Hit> hits)
    {
        if (hits.Count == 0)
            throw new DemoException($"Nothing was found for \"{query}\".");
        foreach (var hit in hits)
        {
            var source = string.Join(" › ", hit.HeadingPath.Prepend(hit.DocumentTitle).Distinct());
            Line($"{hit.Score:0.000}  {source}");
            Line($"       {Shortened(hit.Snippet)}");
        }
    }

    public static void Analysis(Analysis analysis)
    {
        Line($"overall {analysis.OverallScore:0.0} of 10 · judge {analysis.JudgeScore:0.0}"
            + $" · complexity {analysis.ComplexityScore:0.0}"
            + (analysis.SemanticEntropy is { } entropy ? $" · entropy {entropy:0.00}" : "")
            + $" · {analysis.LengthWords} words, {analysis.LengthTokens} tokens"
            + $" · {analysis.DetectedLanguage}, {analysis.DetectedFormat}");
        if (analysis.Run is { } run)
            Line("nodes: " + string.Join(", ", run.Nodes.Select(Node)));
        foreach (var finding in analysis.Findings.Take(FindingsMax))
            Line($"{finding.Severity,-8} {finding.Rule}: {finding.Message}");
        if (analysis.Findings.Count > FindingsMax)
            Line($"and {Count(analysis.Findings.Count - FindingsMax, "finding")} more");
        foreach (var contradiction in analysis.Contradictions)
            Line($"contradiction: {contradiction.Reason}");
        foreach (var question in analysis.ClarifyQuestions.Take(3))
            Line($"question: {question}");
        Line($"{Count(analysis.Patches.Count, "patch", "patches")} proposed");
    }

    public static void Line(string text) => Console.WriteLine($"  {text}");

    public static string Count(int count, string one, string? many = null) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many ?? one + "s")}";

    private static string Node(Node node) =>
        node.Score is { } score ? $"{node.Key} {node.Status} {score:0.0}" : $"{node.Key} {node.Status}";

    private static string Shortened(string snippet)
    {
        var line = Space().Replace(Markup().Replace(snippet, ""), " ").Trim();
        return line.Length <= SnippetWidth ? line : $"{line[..SnippetWidth]}…";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    // Search highlights with <mark>; a terminal shows the words alone.
    [GeneratedRegex("</?mark>")]
    private static partial Regex Markup();
}
