namespace Assay;

/// <summary>Notes on the structure of Markdown: what renders, but probably not as meant.</summary>
internal static class MarkdownCheck
{
    private const int IssuesMax = 50;

    public static IReadOnlyList<FormatIssue> Issues(string text) =>
        [.. UnclosedFences(text).Concat(Headings(text)).OrderBy(issue => issue.Line).Take(IssuesMax)];

    private static IEnumerable<FormatIssue> UnclosedFences(string text) =>
        Fences.In(text).Where(fence => !fence.Closed).Select(fence => new FormatIssue(
            text.AsSpan(0, fence.Span.Start).Count('\n') + 1, 1, Severity.Warning,
            $"The code block opened with {fence.Mark} is never closed."));

    private static IEnumerable<FormatIssue> Headings(string text)
    {
        var fences = Fences.In(text);
        var fence = 0;
        var number = 0;
        var level = 0;
        foreach (var line in Lines.In(text))
        {
            number++;
            while (fence < fences.Count && fences[fence].Span.End < line.Start)
                fence++;
            var isCode = fence < fences.Count && fences[fence].Span.Start <= line.Start;
            if (isCode || LevelOf(text.AsSpan(line.Start, line.Length), out var isEmpty) is not (> 0 and var next))
                continue;

            if (isEmpty)
                yield return new(number, 1, Severity.Warning, "The heading is empty.");
            else if (level > 0 && next > level + 1)
                yield return new(
                    number, 1, Severity.Warning, $"A heading of level {next} follows one of level {level}.");
            level = next;
        }
    }

    private static int LevelOf(ReadOnlySpan<char> line, out bool isEmpty)
    {
        var trimmed = line.TrimEnd();
        var level = trimmed.IndexOfAnyExcept('#') is var end and >= 0 ? end : trimmed.Length;
        isEmpty = level == trimmed.Length;
        return level <= 6 && (isEmpty || trimmed[level] == ' ') ? level : 0;
    }
}
