using System.Text;

namespace Assay;

/// <summary>Finds words that mix scripts whose letters look alike, such as Latin and Cyrillic.</summary>
internal static class MixedScripts
{
    // Blocks of scripts that Scripts does not know are told apart by their first bits: few share one, or span two.
    private const int BlockBits = 7;

    /// <summary>
    /// Whether a word's letters are of one script, or of those that East Asian writing uses together, Latin included.
    /// Anything of ASCII but its letters goes with all of them.
    /// </summary>
    public static bool IsOfOne(string word)
    {
        var scripts = word.EnumerateRunes()
            .Where(rune => !rune.IsAscii || Rune.IsLetter(rune))
            .Select(ScriptOf)
            .Distinct()
            .ToList();
        return scripts.Count <= 1 || scripts.TrueForAll(IsEastAsianOrLatin);
    }

    private static int ScriptOf(Rune rune) => Scripts.Of(rune) is var script and not Script.None
        ? (int)script
        : rune.Value switch
        {
            >= 0x1200 and < 0x1400 => 0x1200,
            _ => 0x1000 + (rune.Value >> BlockBits),
        };

    private static bool IsEastAsianOrLatin(int script) =>
        (Script)script is Script.Latin or Script.Han or Script.Hiragana or Script.Katakana or Script.Hangul;
}
