namespace Assay;

/// <summary>Looks for phrases as whole words, in any case.</summary>
internal static class Phrases
{
    /// <summary>Where the first phrase stands that is there at all; null when none is.</summary>
    public static TextSpan? Find(string text, IReadOnlyList<string> phrases) =>
        phrases.Select(phrase => Find(text, phrase)).FirstOrDefault(span => span is not null);

    private static TextSpan? Find(string text, string phrase)
    {
        for (var start = 0; (start = text.IndexOf(phrase, start, StringComparison.OrdinalIgnoreCase)) >= 0; start++)
            if (IsEdge(text, start - 1) && IsEdge(text, start + phrase.Length))
                return new(start, start + phrase.Length);
        return null;
    }

    private static bool IsEdge(string text, int position) =>
        position < 0 || position >= text.Length || !char.IsLetterOrDigit(text[position]);
}
