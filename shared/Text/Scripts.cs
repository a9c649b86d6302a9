using System.Text;

namespace Assay;

internal enum Script
{
    None, Latin, Cyrillic, Greek, Hebrew, Arabic, Devanagari, Bengali, Tamil, Telugu, Thai, Georgian, Armenian,
    Hangul, Hiragana, Katakana, Han,
}

/// <summary>The script of a letter, from Unicode's block ranges.</summary>
internal static class Scripts
{
    public static bool IsWordByItself(Rune rune) => Of(rune) is Script.Han or Script.Hiragana;

    public static Script Of(Rune rune) => rune.Value switch
    {
        < 0x41 => Script.None,
        < 0x250 => Rune.IsLetter(rune) ? Script.Latin : Script.None,
        >= 0x370 and < 0x400 or >= 0x1F00 and < 0x2000 => Script.Greek,
        >= 0x400 and < 0x530 => Script.Cyrillic,
        >= 0x531 and < 0x590 => Script.Armenian,
        >= 0x5D0 and < 0x600 => Script.Hebrew,
        >= 0x620 and < 0x660 or >= 0x66E and < 0x6DD or >= 0x750 and < 0x780
            or >= 0xFB50 and < 0xFE00 or >= 0xFE70 and < 0xFEFF => Script.Arabic,
        >= 0x900 and < 0x980 => Script.Devanagari,
        >= 0x980 and < 0xA00 => Script.Bengali,
        >= 0xB80 and < 0xC00 => Script.Tamil,
        >= 0xC00 and < 0xC80 => Script.Telugu,
        >= 0xE00 and < 0xE80 => Script.Thai,
        >= 0x10A0 and < 0x1100 => Script.Georgian,
        >= 0x1E00 and < 0x1F00 => Script.Latin,
        >= 0x1100 and < 0x1200 or >= 0x3130 and < 0x3190 or >= 0xAC00 and < 0xD7B0 => Script.Hangul,
        >= 0x3041 and < 0x30A0 => Script.Hiragana,
        >= 0x30A1 and < 0x3100 or >= 0x31F0 and < 0x3200 => Script.Katakana,
        0x3005 or 0x3007 or >= 0x3400 and < 0x4DC0 or >= 0x4E00 and < 0xA000
            or >= 0xF900 and < 0xFB00 or >= 0x20000 and < 0x32000 => Script.Han,
        _ => Script.None,
    };
}
