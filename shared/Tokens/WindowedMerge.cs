namespace Assay;

/// <summary>
/// Byte-pair encoding of a piece of any length, such as a megabyte of one letter, in the time and the memory that its
/// windows take. The result is exact: tokens are those of the whole piece when each two that follow each other are
/// what their bytes, merged by themselves, become. Within a window they are, and where two windows meet it is checked.
/// </summary>
internal static class WindowedMerge
{
    /// <summary>Bytes that are merged at once.</summary>
    public const int WindowMax = 4096;

    /// <summary>
    /// Bytes at the end of a window whose tokens are not taken, because they depend on what comes behind them.
    /// </summary>
    private const int Tail = 512;

    /// <summary>Tokens of a window that are given up, one by one, until the next window fits behind them.</summary>
    private const int StepsBackMax = 32;

    public static int Encode(
        TokenVocabulary vocabulary, ReadOnlySpan<byte> piece, List<int>? tokens, CancellationToken cancellation)
    {
        var (all, window) = (new List<int>(piece.Length / 3), new List<int>(WindowMax));
        var candidates = new PriorityQueue<int, long>(2 * WindowMax);
        var (start, stepsBack) = (0, 0);
        ReadOnlySpan<byte> merged = [];
        while (start < piece.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var rest = piece[start..];
            // What repeats, such as a run of one letter, is merged once.
            if (!merged.SequenceEqual(rest[..Math.Min(rest.Length, WindowMax)]))
            {
                merged = rest[..Math.Min(rest.Length, WindowMax)];
                window.Clear();
                BytePairMerge.Heap(vocabulary, merged, window, candidates);
            }
            if (all.Count == 0 || BytePairMerge.AreNeighbors(vocabulary, all[^1], window[0]))
            {
                start += Take(vocabulary, window, rest.Length <= WindowMax ? rest.Length : WindowMax - Tail, all);
                stepsBack = 0;
            }
            else if (++stepsBack <= StepsBackMax)
            {
                start -= vocabulary.Bytes(all[^1]).Length;
                all.RemoveAt(all.Count - 1);
            }
            else
            {
                return BytePairMerge.Heap(vocabulary, piece, tokens, candidates);
            }
        }
        tokens?.AddRange(all);
        return all.Count;
    }

    // Returns the bytes of the tokens that were taken.
    private static int Take(TokenVocabulary vocabulary, List<int> window, int most, List<int> all)
    {
        var taken = 0;
        foreach (var token in window)
        {
            var length = vocabulary.Bytes(token).Length;
            if (taken + length > most)
                break;
            all.Add(token);
            taken += length;
        }
        return taken;
    }
}
