namespace Assay;

/// <summary>Ends of sentences, words and characters, told from the few characters around an offset.</summary>
internal static class TextBreaks
{
    private const int LookBackMax = 8;

    public static BreakStrength StrengthAt(ReadOnlySpan<char> text, int offset)
    {
        if (offset <= 0 || offset >= text.Length)
            return BreakStrength.Paragraph;

        var between = char.IsWhiteSpace(text[offset]) || char.IsWhiteSpace(text[offset - 1]);
        if (EndsSentence(text, offset, between))
            return BreakStrength.Sentence;

        return between ? BreakStrength.Word : BreakStrength.Character;
    }

    /// <summary>
    /// A full stop, closing marks after it, white space, and no lower-case letter next; after the wide marks of Chinese
    /// and Japanese, no white space.
    /// </summary>
    private static bool EndsSentence(ReadOnlySpan<char> text, int offset, bool between)
    {
        if (IsClosing(text[offset]) || IsWideStop(text[offset]))
            return false;

        var at = offset - 1;
        var least = Math.Max(0, offset - LookBackMax);
        while (at > least && char.IsWhiteSpace(text[at]))
            at--;
        while (at > least && IsClosing(text[at]))
            at--;
        if (IsWideStop(text[at]))
            return true;
        if (!between || text[at] is not ('.' or '!' or '?' or '\u2026' or '\u0964' or '\u061f' or '\u06d4'))
            return false;

        if (text[at] == '.' && IsAbbreviation(text[..at]))
            return false;

        var next = offset;
        while (next < text.Length - 1 && next - offset < LookBackMax && char.IsWhiteSpace(text[next]))
            next++;

        return !char.IsLower(text[next]);
    }

    /// <summary>Full stops, exclamation and question marks of Chinese and Japanese, wide and half as wide.</summary>
    public static bool IsWideStop(char mark) => mark is '\u3002' or '\uff01' or '\uff1f' or '\uff61' or '\uff0e';

    // Quotation marks and brackets, plain, typographic and wide.
    private static bool IsClosing(char mark) => mark is '"' or '\'' or ')' or ']' or '\u00bb' or '\u201d' or '\u2019'
        or '\u300d' or '\u300f' or '\u3011' or '\u3009' or '\u300b' or '\u3015' or '\uff09' or '\uff3d' or '\uff63';

    /// <summary>
    /// One letter, as in "A. Smith" and "e.g. this", or a capital and one or two more, as in "Dr." and "Fig.".
    /// </summary>
    private static bool IsAbbreviation(ReadOnlySpan<char> before)
    {
        var length = 0;
        while (length < before.Length && length < 4 && char.IsLetter(before[^(length + 1)]))
            length++;

        return length == 1 || length is 2 or 3 && char.IsUpper(before[^length]) && char.IsLower(before[^1]);
    }
}
