using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Prints answers for people: a heading, then aligned lines that fit a terminal.</summary>
internal static partial class Show
{
    private const int FindingsMax = 6;
    private const int QuestionsMax = 3;
    private const int QuoteWidth = 60;
    private const int SnippetWidth = 150;

    public static void Heading(string text) => Console.WriteLine($"\n{text}");

    /// <exception cref="DemoException">One of them failed; all of them have been shown.</exception>
    public static void Documents(IReadOnlyList<Document> documents)
    {
        var width = documents.Max(document => document.Title.Length);
        foreach (var document in documents)
            Line(document.Status == "failed"
                ? $"{document.Title.PadRight(width)}  failed: {document.Error}"
                : $"{document.Title.PadRight(width)}  {Count(document.ChunkCount, "chunk"),10}"
                    + $"  {document.TokenCount,6:N0} tokens");
        if (documents.Count(document => document.Status == "failed") is var failures and > 0)
            throw new DemoException($"{Count(failures, "file")} of {documents.Count} could not be ingested.");
    }

    public static void Hits(string query, IReadOnlyList<Hit> hits)
    {
        if (hits.Count == 0)
            throw new DemoException($"Nothing was found for \"{query}\".");
        foreach (var hit in hits)
        {
            var source = Shortened(string.Join(" › ", hit.HeadingPath.Prepend(hit.Title).Distinct()), QuoteWidth);
            Line($"{hit.Score:0.000}  {source} ({Parts(hit)})");
            Line($"       {Shortened(Plain(hit.Snippet), SnippetWidth)}");
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
        Line("judge: " + string.Join(
            ", ", analysis.JudgeScores.Select(score => $"{score.Criterion} {score.Score:0.0}")));
        foreach (var finding in analysis.Findings.OrderBy(Rank).Take(FindingsMax))
        {
            Line($"{finding.Severity,-7}  {finding.Rule}: {Shortened(finding.Quote, QuoteWidth)}");
            Line($"         {finding.Message}");
        }
        if (analysis.Findings.Count > FindingsMax)
            Line($"and {Count(analysis.Findings.Count - FindingsMax, "more finding")}");
        foreach (var contradiction in analysis.Contradictions)
            Line($"contradiction: \"{Shortened(contradiction.FirstQuote, QuoteWidth)}\" and"
                + $" \"{Shortened(contradiction.SecondQuote, QuoteWidth)}\"");
        foreach (var question in analysis.ClarifyQuestions.Take(QuestionsMax))
            Line($"question: {question.Text}");
        Line($"{Count(analysis.Patches.Count, "patch", "patches")} proposed");
    }

    public static void Line(string text) => Console.WriteLine($"  {text}");

    public static string Count(int count, string one, string? many = null) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many ?? one + "s")}";

    private static string Parts(Hit hit) => string.Join(
        ", ",
        new[]
        {
            hit.Vector is { } vector ? $"vector {vector.Similarity:0.00}, number {vector.Rank}" : null,
            hit.Text is { } text ? $"full text, number {text.Rank}" : null,
        }.Where(part => part is not null));

    private static int Rank(Finding finding) => Array.IndexOf(["error", "warning", "info"], finding.Severity);

    private static string Node(Node node) =>
        node.Score is { } score ? $"{node.Key} {node.Status} {score:0.0}" : $"{node.Key} {node.Status}";

    private static string Shortened(string text, int width)
    {
        var line = Space().Replace(text, " ").Trim();
        return line.Length <= width ? line : $"{line[..width]}…";
    }

    // Snippets are HTML with the words found in <mark>.
    private static string Plain(string html) => WebUtility.HtmlDecode(Mark().Replace(html, ""));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex("</?mark>")]
    private static partial Regex Mark();
}
