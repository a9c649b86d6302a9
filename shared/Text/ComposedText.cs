using System.Text;

namespace Assay;

/// <summary>Normalization form C (Unicode Standard Annex 15): one spelling for what is canonically the same.</summary>
public static class ComposedText
{
    private const int HangulFirst = 0xAC00, HangulCount = 11_172, PerLead = 588;
    private const int LeadFirst = 0x1100, LeadCount = 19;
    private const int VowelFirst = 0x1161, VowelCount = 21;
    private const int TailBefore = 0x11A7, TailCount = 28;

    /// <summary>The text in form C. Half of a surrogate pair becomes U+FFFD.</summary>
    public static string Of(string text)
    {
        // Nothing below U+0300 decomposes into anything that is not composed again, or combines.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;

        var characters = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, characters);
        Order(characters);
        var composed = new StringBuilder(text.Length);
        foreach (var character in Compose(characters))
            composed.Append(new Rune(character).ToString());
        return composed.ToString();
    }

    private static void Decompose(int character, List<int> into)
    {
        if (character - HangulFirst is >= 0 and < HangulCount and var syllable)
        {
            into.Add(LeadFirst + (syllable / PerLead));
            into.Add(VowelFirst + (syllable % PerLead / TailCount));
            if (syllable % TailCount > 0)
                into.Add(TailBefore + (syllable % TailCount));
        }
        else if (UnicodeTables.Decompositions.TryGetValue(character, out var parts))
            foreach (var part in parts)
                Decompose(part, into);
        else
            into.Add(character);
    }

    // Marks on the same base stand in the order of their classes, and those of one class as they were.
    private static void Order(List<int> characters)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            var end = start;
            while (end < characters.Count && ClassOf(characters[end]) > 0)
                end++;
            if (end - start > 1)
            {
                var ordered = characters[start..end].OrderBy(ClassOf).ToArray();
                for (var i = 0; i < ordered.Length; i++)
                    characters[start + i] = ordered[i];
            }
            start = end;
        }
    }

    private static List<int> Compose(List<int> characters)
    {
        var composed = new List<int>(characters.Count);
        var (starter, lastClass) = (-1, 0);
        foreach (var character in characters)
        {
            var combining = ClassOf(character);
            // A mark reaches its base over marks of lower classes only, and a base over nothing.
            var isBlocked = starter < composed.Count - 1 && (lastClass == 0 || lastClass >= combining);
            if (starter >= 0 && !isBlocked && PairOf(composed[starter], character) is { } pair)
            {
                composed[starter] = pair;
                continue;
            }
            if (combining == 0)
                starter = composed.Count;
            lastClass = combining;
            composed.Add(character);
        }
        return composed;
    }

    private static int? PairOf(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < LeadCount and var lead
            && second - VowelFirst is >= 0 and < VowelCount and var vowel)
            return HangulFirst + (((lead * VowelCount) + vowel) * TailCount);
        if (first - HangulFirst is >= 0 and < HangulCount and var syllable && syllable % TailCount == 0
            && second - TailBefore is > 0 and < TailCount and var tail)
            return first + tail;
        return UnicodeTables.Compositions.TryGetValue((first, second), out var pair) ? pair : null;
    }

    private static byte ClassOf(int character) => UnicodeTables.Classes.GetValueOrDefault(character);
}
