namespace Assay;

/// <summary>
/// A prompt of up to 60 words needs no structure and starts at 8, a longer one at 4; 2 for each of paragraphs, lists
/// and sections (headings or tags); less 3 for each delimiter left open and 1 for mixed placeholders.
/// </summary>
internal static class StructureScorer
{
    private const int ShortWordsMax = 60;

    public static Verdict Score(JudgedPrompt judged)
    {
        var text = judged.Prompt.Text;
        var sections = judged.Prompt.Sentences.Count(sentence => sentence.IsHeading);
        var hasSections = sections > 0 || text.Contains("</", StringComparison.Ordinal);
        var hasParagraphs = text.AsSpan().Trim().IndexOf("\n\n", StringComparison.Ordinal) > 0
            || text.AsSpan().Trim().IndexOf("\r\n\r\n", StringComparison.Ordinal) > 0;
        var hasLists = Lines.In(text).Any(line => IsItem(text.AsSpan(line.Start, line.Length).TrimStart()));
        var broken = judged.Of("unclosed-delimiter");
        var mixed = judged.Of("mixed-placeholders");
        var score = (judged.Words <= ShortWordsMax ? 8 : 4)
            + (hasParagraphs ? 2 : 0) + (hasLists ? 2 : 0) + (hasSections ? 2 : 0)
            - 3.0 * broken.Count - (mixed.Count > 0 ? 1 : 0);

        var parts = new List<string>();
        if (hasParagraphs)
            parts.Add("paragraphs");
        if (hasLists)
            parts.Add("lists");
        if (hasSections)
            parts.Add("sections");
        var comment = parts.Count > 0 ? $"Structured by {string.Join(" and ", parts)}."
            : judged.Words <= ShortWordsMax ? "Short enough to need no structure."
            : "One block of text without structure.";
        return new(
            score, broken.Count == 0 ? comment : $"{comment} A delimiter is left open.",
            JudgedPrompt.Quote(broken.Concat(mixed)));
    }

    private static bool IsItem(ReadOnlySpan<char> line) => SentenceSplitter.Marker(line) > 0 && line[0] != '#';
}
