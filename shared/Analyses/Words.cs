using System.Globalization;
using System.Text;

namespace Assay;

/// <summary>
/// Words as readers count them, after the default rules of Unicode UAX #29 with two differences: a hyphenated
/// compound is one word, and so is an identifier. Each ideograph and hiragana letter is a word of its own; scripts
/// written without spaces for which that does not hold (Thai, Lao, Khmer) count a run as one.
/// </summary>
internal static class Words
{
    public static List<TextSpan> In(ReadOnlySpan<char> text, int offset = 0)
    {
        var words = new List<TextSpan>(text.Length / 6 + 1);
        var position = 0;
        while (position < text.Length)
        {
            Rune.DecodeFromUtf16(text[position..], out var rune, out var consumed);
            if (Scripts.IsWordByItself(rune))
            {
                words.Add(new(offset + position, offset + position + consumed));
                position += consumed;
            }
            else if (IsWordRune(rune))
            {
                var end = EndOfWord(text, position + consumed);
                words.Add(new(offset + position, offset + end));
                position = end;
            }
            else
            {
                position += consumed;
            }
        }

        return words;
    }

    private static int EndOfWord(ReadOnlySpan<char> text, int position)
    {
        while (position < text.Length)
        {
            Rune.DecodeFromUtf16(text[position..], out var rune, out var consumed);
            if (IsWordRune(rune) && !Scripts.IsWordByItself(rune))
                position += consumed;
            else if (Joins(text, position))
                position++;
            else
                break;
        }

        return position;
    }

    /// <summary>Apostrophes and hyphens join letters; points and commas join digits.</summary>
    private static bool Joins(ReadOnlySpan<char> text, int position)
    {
        if (position + 1 >= text.Length)
            return false;

        var (before, next) = (text[position - 1], text[position + 1]);
        return text[position] switch
        {
            '\'' or '’' or '-' or '‐' or '·' => char.IsLetterOrDigit(before) && char.IsLetterOrDigit(next),
            '.' or ',' => char.IsAsciiDigit(before) && char.IsAsciiDigit(next),
            _ => false,
        };
    }

    private static bool IsWordRune(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => rune.Value == 0x200D,
    };
}
