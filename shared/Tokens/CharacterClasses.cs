using System.Globalization;
using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>The character classes that the patterns of both encodings are written with, as bits.</summary>
internal static class CharacterClasses
{
    /// <summary>Lu, Lt, Lm, Lo, M: what may begin a word of o200k.</summary>
    public const byte Head = 1;

    /// <summary>Ll, Lm, Lo, M: what may end one.</summary>
    public const byte Tail = 2;

    /// <summary>L: any letter.</summary>
    public const byte Letter = 4;

    /// <summary>N: any number.</summary>
    public const byte Number = 8;

    /// <summary>
    /// White space as JavaScript's <c>\s</c> has it, since js-tiktoken is the reference: U+FEFF is white space, U+0085
    /// is not.
    /// </summary>
    public const byte Space = 16;

    /// <summary>Carriage return and line feed.</summary>
    public const byte Newline = 32;

    private static readonly byte[] Basic = [.. Enumerable.Range(0, 0x10000).Select(ClassOf)];

    /// <summary>The class of the code point at an index inside the text, and its length in chars (1 or 2).</summary>
    /// <remarks>A lone surrogate has no class, as other symbols; it becomes U+FFFD when encoded.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte At(ReadOnlySpan<char> text, int index, out int length)
    {
        var value = text[index];
        length = 1;
        return char.IsHighSurrogate(value) ? OfPair(text, index, ref length) : Basic[value];
    }

    private static byte OfPair(ReadOnlySpan<char> text, int index, ref int length)
    {
        if (index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1]))
            return 0;

        length = 2;
        return ClassOf(char.ConvertToUtf32(text[index], text[index + 1]));
    }

    private static byte ClassOf(int codePoint)
    {
        if (codePoint is '\r' or '\n')
            return Space | Newline;
        if (IsSpace(codePoint))
            return Space;

        return CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Letter | Head,
            UnicodeCategory.LowercaseLetter => Letter | Tail,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Letter | Head | Tail,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                Head | Tail,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
            _ => 0,
        };
    }

    private static bool IsSpace(int codePoint) =>
        codePoint is >= '\t' and <= '\r' or ' ' or 0xA0 or 0x1680 or >= 0x2000 and <= 0x200A
            or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000 or 0xFEFF;
}
