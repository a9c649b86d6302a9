using System.Globalization;
using System.Numerics;
using System.Text;

namespace Assay;

/// <summary>
/// Feature hashing (Weinberger et al., 2009, doi:10.1145/1553374.1553516) of the words and character n-grams of a text
/// into a unit vector. Two texts are near when they share words or parts of words; meaning beyond that is not seen.
/// Equal on every machine: only integers, and floating-point operations that IEEE 754 rounds exactly.
/// </summary>
internal sealed class LexicalHashing(int dimensions)
{
    /// <summary>Words that say little; they count a tenth and have no n-grams.</summary>
    private static readonly HashSet<string> Frequent =
    [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "had", "has",
        "have", "how", "i", "if", "in", "into", "is", "it", "its", "may", "me", "my", "no", "not", "of", "on", "or",
        "our", "so", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this",
        "to", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your",
    ];

    private const int NgramMin = 3;
    private const int NgramMax = 5;
    private const double FrequentWeight = 0.1;

    /// <summary>All n-grams of a word together weigh this much of the word.</summary>
    private const double NgramsWeight = 0.7;

    private readonly Dictionary<ulong, (double Weight, int Count)> features = [];
    private readonly Dictionary<string, int> words = [];

    /// <summary>A vector of length 1. A text without letters and numbers has an arbitrary but fixed one.</summary>
    public float[] Vector(string text)
    {
        CountWords(text);
        AddFeatures();

        var sums = new double[dimensions];
        foreach (var (hash, (weight, count)) in features)
        {
            // The square root damps repetition, as a logarithm would, and is rounded exactly everywhere.
            var value = weight * Math.Sqrt(count);
            sums[(hash >> 1) % (ulong)dimensions] += (hash & 1) == 0 ? value : -value;
        }

        features.Clear();
        words.Clear();
        return Normalize(sums);
    }

    private static float[] Normalize(double[] sums)
    {
        var square = 0.0;
        foreach (var value in sums)
            square += value * value;

        if (square == 0)
        {
            sums[0] = 1;
            square = 1;
        }

        var length = Math.Sqrt(square);
        return Array.ConvertAll(sums, value => (float)(value / length));
    }

    /// <summary>
    /// Lower-case runs of letters, marks and numbers; scripts that set no spaces count by pairs of characters.
    /// </summary>
    private void CountWords(string text)
    {
        var word = new StringBuilder();
        var pair = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var lower = Rune.ToLowerInvariant(rune);
            if (IsUnspaced(lower.Value))
            {
                EndWord(word);
                pair.Append(lower);
                Count(lower.ToString());
                if (pair.Length > lower.Utf16SequenceLength)
                    Count(pair.ToString());
                pair.Clear().Append(lower);
                continue;
            }

            pair.Clear();
            if (Rune.IsLetterOrDigit(lower) || IsMark(lower))
                word.Append(lower);
            else
                EndWord(word);
        }

        EndWord(word);
    }

    private void EndWord(StringBuilder word)
    {
        if (word.Length > 0)
            Count(word.ToString());

        word.Clear();
    }

    private void Count(string word) => words[word] = words.GetValueOrDefault(word) + 1;

    private void AddFeatures()
    {
        foreach (var (word, count) in words)
        {
            var frequent = Frequent.Contains(word);
            Add(Hash(word, 0), frequent ? FrequentWeight : 1, count);
            if (!frequent && word.Length >= NgramMin)
                AddNgrams(word, count);
        }
    }

    private void AddNgrams(string word, int count)
    {
        // The marks set beginnings and ends apart from what is inside a word.
        var marked = $"<{word}>";
        var number = 0;
        for (var length = NgramMin; length <= NgramMax; length++)
            number += Math.Max(0, marked.Length - length + 1);

        var weight = NgramsWeight / Math.Sqrt(number);
        for (var length = NgramMin; length <= NgramMax; length++)
        {
            for (var start = 0; start + length <= marked.Length; start++)
                Add(Hash(marked.AsSpan(start, length), (uint)length), weight, count);
        }
    }

    private void Add(ulong feature, double weight, int count)
    {
        var known = features.GetValueOrDefault(feature);
        features[feature] = (Math.Max(known.Weight, weight), known.Count + count);
    }

    /// <summary>FNV-1a over UTF-16 code units, then mixed so that every bit depends on every other.</summary>
    private static ulong Hash(ReadOnlySpan<char> feature, uint kind)
    {
        var hash = 14695981039346656037UL ^ kind;
        foreach (var unit in feature)
            hash = (hash ^ unit) * 1099511628211UL;

        hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
        return BitOperations.RotateLeft((hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53, 31);
    }

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>Thai, Lao, Myanmar, Khmer, kana, and Han.</summary>
    private static bool IsUnspaced(int codePoint) => codePoint is
        >= 0x0E00 and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF
        or >= 0x3041 and <= 0x30FF or >= 0x3400 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;
}
