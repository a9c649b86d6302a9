namespace Assay;

/// <summary>
/// Moving-average type–token ratio (Covington and McFall, 2010): the share of different words in a window of 50,
/// averaged over all windows. Unlike the plain ratio it does not fall merely because a text is long.
/// </summary>
internal static class LexicalDiversity
{
    private const int Window = 50;

    /// <returns>0–1; the plain ratio when there are fewer words than a window holds; 0 without words.</returns>
    public static double Of(string text, IReadOnlyList<TextSpan> words)
    {
        if (words.Count == 0)
            return 0;

        var lower = words.Select(word => word.In(text).ToLowerInvariant()).ToArray();
        var counts = new Dictionary<string, int>();
        var sum = 0.0;
        var windows = 0;
        for (var index = 0; index < lower.Length; index++)
        {
            counts[lower[index]] = counts.GetValueOrDefault(lower[index]) + 1;
            if (index >= Window && --counts[lower[index - Window]] == 0)
                counts.Remove(lower[index - Window]);
            if (index < Window - 1 && index < lower.Length - 1)
                continue;

            sum += counts.Count / (double)Math.Min(Window, lower.Length);
            windows++;
        }

        return Math.Round(sum / windows, 4);
    }
}
