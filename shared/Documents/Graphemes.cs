using System.Globalization;

namespace Assay;

/// <summary>Whether a text may be cut at an offset without taking apart what readers see as one character.</summary>
internal static class Graphemes
{
    /// <summary>How far back a place is looked for from which to count; clusters are rarely a tenth of it.</summary>
    private const int LookBackMax = 64;

    public static bool IsBoundary(ReadOnlySpan<char> text, int offset)
    {
        if (offset <= 0 || offset >= text.Length)
            return true;
        if (StartsCluster(text[offset]))
            return true;

        var start = offset - 1;
        while (start > 0 && offset - start < LookBackMax && !StartsCluster(text[start]))
            start--;
        if (start > 0 && char.IsSurrogatePair(text[start - 1], text[start]))
            start--;

        // One code point past the offset tells; clusters may be as long as the text.
        var end = Math.Min(offset + 2, text.Length);
        while (start < offset)
            start += StringInfo.GetNextTextElementLength(text[start..end]);

        return start == offset;
    }

    /// <summary>The first boundary at or after the offset; the offset itself when there is none near.</summary>
    public static int Next(ReadOnlySpan<char> text, int offset)
    {
        var last = Math.Min(offset + LookBackMax / 2, text.Length);
        for (var next = offset; next <= last; next++)
        {
            if (IsBoundary(text, next))
                return next;
        }

        return offset;
    }

    /// <summary>Characters that start a cluster wherever they stand: Latin ones but for a line feed, and Han.</summary>
    private static bool StartsCluster(char value) => value is < '\u0300' and not '\n' or >= '\u3400' and < '\ua000';
}
