namespace Assay;

/// <summary>Counts groups of vowels; in English and French a final mute e makes none.</summary>
internal static class Syllables
{
    private const string Vowels = "aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿœāēīōūаеёиоуыэюя";

    public static int In(ReadOnlySpan<char> word, string language)
    {
        var count = 0;
        var wasVowel = false;
        foreach (var symbol in word)
        {
            var isVowel = Vowels.Contains(char.ToLowerInvariant(symbol));
            if (isVowel && !wasVowel)
                count++;
            wasVowel = isVowel;
        }

        return Math.Max(1, count - (HasMuteEnd(word, language) ? 1 : 0));
    }

    private static bool HasMuteEnd(ReadOnlySpan<char> word, string language) => language switch
    {
        // Not after l ("table"), and not the e of "free".
        "en" => word.Length > 2 && word[^1] is 'e' or 'E' && !IsVowel(word[^2]) && word[^2] is not ('l' or 'L'),
        "fr" => word.Length > 3 && (word.EndsWith("e") || word.EndsWith("es") || word.EndsWith("ent"))
            && !word.EndsWith("ée") && !word.EndsWith("ées"),
        _ => false,
    };

    private static bool IsVowel(char symbol) => Vowels.Contains(char.ToLowerInvariant(symbol));
}
