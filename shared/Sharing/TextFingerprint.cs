using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// What is compared of a text: the sequences of three words that are in it, in lower case and without punctuation, as
/// 64-bit hashes; and their MinHash (Broder 1997), which agrees in each place with the probability that is the share of
/// sequences that two texts have in common (Jaccard).
/// </summary>
public sealed partial class TextFingerprint
{
    /// <summary>Bands of <see cref="RowsPerBand"/>: texts that have half in common share one with 94 %.</summary>
    public const int Bands = 21;

    private const int RowsPerBand = 3;
    private const int WordsPerShingle = 3;

    private readonly ulong[] shingles;
    private readonly ulong[] bands = new ulong[Bands];

    public TextFingerprint(string text)
    {
        var words = Words(text).Select(Hash).ToArray();
        WordCount = words.Length;
        shingles = [.. Shingles(words).Distinct().Order()];
        for (var band = 0; band < Bands; band++)
            for (var row = 0; row < RowsPerBand; row++)
                bands[band] = Mix(bands[band] ^ Least((ulong)(band * RowsPerBand + row + 1)));
    }

    public int WordCount { get; }

    /// <summary>Texts that are alike have some of them in common, in the same place.</summary>
    public IReadOnlyList<ulong> BandKeys => bands;

    /// <summary>Letters and digits that follow each other, in lower case.</summary>
    public static IEnumerable<string> Words(string text) =>
        Word().Matches(text).Select(word => word.Value.ToLowerInvariant());

    /// <summary>The share of sequences that both have of those that one has: 0–1.</summary>
    public double Overlap(TextFingerprint other)
    {
        var common = 0;
        for (int mine = 0, theirs = 0; mine < shingles.Length && theirs < other.shingles.Length;)
        {
            var order = shingles[mine].CompareTo(other.shingles[theirs]);
            common += order == 0 ? 1 : 0;
            mine += order <= 0 ? 1 : 0;
            theirs += order >= 0 ? 1 : 0;
        }
        var all = shingles.Length + other.shingles.Length - common;
        return all == 0 ? 0 : (double)common / all;
    }

    private static IEnumerable<ulong> Shingles(ulong[] words)
    {
        var length = Math.Min(WordsPerShingle, words.Length);
        for (var start = 0; start + length <= words.Length && length > 0; start++)
            yield return words.AsSpan(start, length).ToArray().Aggregate(0ul, (hash, word) => Mix(hash ^ word));
    }

    private ulong Least(ulong seed)
    {
        var least = ulong.MaxValue;
        foreach (var shingle in shingles)
            least = Math.Min(least, Mix(shingle ^ (seed * 0x9e3779b97f4a7c15)));
        return least;
    }

    // FNV-1a, the same in every process.
    private static ulong Hash(string word) =>
        Encoding.UTF8.GetBytes(word).Aggregate(0xcbf29ce484222325, (hash, next) => (hash ^ next) * 0x100000001b3);

    // The finalizer of SplitMix64.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
