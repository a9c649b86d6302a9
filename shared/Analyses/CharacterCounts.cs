namespace Assay;

internal static class CharacterCounts
{
    /// <summary>How many characters of the text the rule accepts.</summary>
    public static int Count(this ReadOnlySpan<char> text, Func<char, bool> accepts)
    {
        var count = 0;
        foreach (var symbol in text)
        {
            if (accepts(symbol))
                count++;
        }

        return count;
    }
}
