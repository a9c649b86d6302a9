using System.Runtime.CompilerServices;
using static Assay.CharacterClasses;

namespace Assay;

/// <summary>
/// The published regular expressions that cut text into the pieces which are encoded one by one, as hand-written
/// scanners. Each looks at a character a bounded number of times, so that no input takes more than linear time.
/// A part of the text, cut at piece boundaries, has the same pieces as the whole has there. The one exception: blanks
/// that end the part, before what is not white space in the whole, are one piece of the part and may be two of the
/// whole.
/// </summary>
internal static class PiecePatterns
{
    /// <summary>The end of the piece that starts at <paramref name="start"/>, which lies inside the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EndOfPiece(TokenEncoding encoding, ReadOnlySpan<char> text, int start) =>
        encoding is TokenEncoding.O200k ? EndO200k(text, start) : EndCl100k(text, start);

    // ('s|'t|'re|'ve|'m|'ll|'d in either case)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
    // |\s*[\r\n]+|\s+(?!\S)|\s+
    private static int EndCl100k(ReadOnlySpan<char> text, int start)
    {
        var kind = At(text, start, out var length);
        if ((kind & Letter) != 0)
            return EndOfLetters(text, start + length);
        if ((kind & Number) != 0)
            return EndOfNumbers(text, start + length);

        var contraction = EndOfContraction(text, start);
        if (contraction > start)
            return contraction;

        var next = start + length;
        if ((kind & Newline) == 0 && next < text.Length && (At(text, next, out length) & Letter) != 0)
            return EndOfLetters(text, next + length);

        return EndOfSymbolsOrSpace(text, start, kind, slash: false);
    }

    // [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(contraction)?
    // |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(contraction)?
    // |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
    private static int EndO200k(ReadOnlySpan<char> text, int start)
    {
        var kind = At(text, start, out var length);
        if ((kind & Number) != 0)
            return EndOfNumbers(text, start + length);

        // Marks are both a possible lead and a part of words: the pattern tries them as the lead first.
        var lead = (kind & (Letter | Newline)) == 0 ? start + length : -1;
        var end = -1;
        if (lead >= 0)
            end = EndOfLowerWord(text, lead);
        if (end < 0)
            end = EndOfLowerWord(text, start);
        if (end < 0 && lead >= 0)
            end = EndOfUpperWord(text, lead);
        if (end < 0)
            end = EndOfUpperWord(text, start);

        return end < 0 ? EndOfSymbolsOrSpace(text, start, kind, slash: true) : EndOfContraction(text, end);
    }

    /// <summary>Head* Tail+, or -1. The greedy head gives characters back until one of them can be the tail.</summary>
    private static int EndOfLowerWord(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        var endOfLastBoth = -1;
        while (at < text.Length)
        {
            var kind = At(text, at, out var length);
            if ((kind & Head) == 0)
                return (kind & Tail) == 0 ? endOfLastBoth : EndOfRun(text, at + length, Tail);

            at += length;
            if ((kind & Tail) != 0)
                endOfLastBoth = at;
        }

        return endOfLastBoth;
    }

    /// <summary>Head+, or -1. A tail cannot follow: the word would have been a lower one.</summary>
    private static int EndOfUpperWord(ReadOnlySpan<char> text, int start)
    {
        var end = EndOfRun(text, start, Head);
        return end > start ? end : -1;
    }

    private static int EndOfLetters(ReadOnlySpan<char> text, int at) => EndOfRun(text, at, Letter);

    private static int EndOfRun(ReadOnlySpan<char> text, int at, byte kind)
    {
        while (at < text.Length && (At(text, at, out var length) & kind) != 0)
            at += length;

        return at;
    }

    /// <summary>The end of at most three numbers, the first of which ends at <paramref name="at"/>.</summary>
    private static int EndOfNumbers(ReadOnlySpan<char> text, int at)
    {
        for (var count = 1; count < 3 && at < text.Length; count++)
        {
            if ((At(text, at, out var length) & Number) == 0)
                break;

            at += length;
        }

        return at;
    }

    /// <summary>
    /// The end of 's, 't, 're, 've, 'm, 'll or 'd at <paramref name="at"/>, else <paramref name="at"/>.
    /// </summary>
    private static int EndOfContraction(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 >= text.Length || text[at] != '\'')
            return at;

        // Only ASCII letters differ from their lower case by this bit, and other characters match nothing below.
        var first = text[at + 1] | 0x20;
        if (first is 's' or 't' or 'm' or 'd')
            return at + 2;
        if (at + 2 >= text.Length)
            return at;

        return (first, text[at + 2] | 0x20) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? at + 3 : at;
    }

    private static int EndOfSymbolsOrSpace(ReadOnlySpan<char> text, int start, byte kind, bool slash)
    {
        var at = start;
        if (text[start] == ' ')
        {
            at++;
            if (at == text.Length)
                return at;

            kind = At(text, at, out _);
        }

        return (kind & (Space | Letter | Number)) == 0
            ? EndOfSymbols(text, at, slash)
            : EndOfSpace(text, start);
    }

    private static int EndOfSymbols(ReadOnlySpan<char> text, int at, bool slash)
    {
        while (at < text.Length && (At(text, at, out var length) & (Space | Letter | Number)) == 0)
            at += length;
        while (at < text.Length && (text[at] is '\r' or '\n' || slash && text[at] == '/'))
            at++;

        return at;
    }

    /// <summary>
    /// Up to the last newline of the run; without one, the run less the blank that leads the next word.
    /// </summary>
    private static int EndOfSpace(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        var afterNewline = -1;
        while (at < text.Length)
        {
            var kind = At(text, at, out _);
            if ((kind & Space) == 0)
                break;

            at++;
            if ((kind & Newline) != 0)
                afterNewline = at;
        }

        if (afterNewline >= 0)
            return afterNewline;

        return at == text.Length || at == start + 1 ? at : at - 1;
    }
}
