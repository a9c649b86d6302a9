using System.Globalization;
using System.Text;

namespace Assay;

/// <summary>Tells text whose characters all show from text that hides something, or turns its direction.</summary>
public static class ShownText
{
    /// <summary>
    /// Whether a text may stand as a name in a list, a message or a header: something of it shows, and nothing of it
    /// is a control or format character. Joiners may stand among characters beyond ASCII, where scripts and emoji need
    /// them.
    /// </summary>
    public static bool IsName(string text) =>
        text.EnumerateRunes().Any(Shows)
        && !text.Where((c, place) => IsHidden(c) && !IsNeededJoiner(text, place)).Any()
        && !text.EnumerateRunes().Any(rune => rune.Value > char.MaxValue && IsHidden(rune));

    /// <summary>What is left of a text of others when it is made a name; null when nothing is.</summary>
    public static string? NameOf(string? text, int lengthMax)
    {
        if (text is null)
            return null;
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            shown.Append(IsHidden(rune) || Rune.IsWhiteSpace(rune) ? " " : $"{rune}");
        var name = string.Join(' ', $"{shown}".Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return name.Length == 0 ? null : Shorten(name, lengthMax).TrimEnd();
    }

    /// <summary>The beginning of a text, which never ends in half of a surrogate pair.</summary>
    public static string Shorten(string text, int lengthMax) => text.Length <= lengthMax
        ? text
        : text[..(char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax)];

    /// <summary>Whether fonts show nothing for it, or let it change how others show.</summary>
    public static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.Value is 0xFFFD;

    /// <summary>Beside those, what is no sign of its own: fillers, and selectors of a variant.</summary>
    public static bool IsIgnorable(Rune rune) => IsHidden(rune) || rune.Value
        is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164
        or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF);

    private static bool IsHidden(char c) => char.IsSurrogate(c) ? false : IsHidden(new Rune(c));

    private static bool Shows(Rune rune) => !IsIgnorable(rune) && !Rune.IsWhiteSpace(rune);

    private static bool IsNeededJoiner(string text, int place) =>
        text[place] is '\u200C' or '\u200D'
        && place > 0 && place < text.Length - 1 && text[place - 1] > 0x7F && text[place + 1] > 0x7F
        && text[place + 1] is not ('\u200C' or '\u200D');
}
