namespace Assay;

/// <param name="Block">Number of the paragraph or list it stands in, counted from blank lines and headings.</param>
/// <param name="IsHeading">A Markdown heading, or a short label line that ends in a colon.</param>
internal readonly record struct Sentence(TextSpan Span, int Block, bool IsHeading);

/// <summary>
/// Splits prose into sentences: at full stops of any script that are followed by space, at blank lines, and at a line
/// end unless the line was wrapped (long, unfinished, and not followed by a list item).
/// </summary>
internal static class SentenceSplitter
{
    private const int WrappedLineMin = 60;
    private const int LabelWordsMax = 5;

    /// <summary>Longer runs without a stop are cut, so that work per sentence stays bounded.</summary>
    private const int LengthMax = 2_000;

    public static List<Sentence> In(string prose)
    {
        var sentences = new List<Sentence>(prose.Length / 60 + 1);
        var block = 0;
        var start = 0;
        var wasBlank = true;
        TextSpan? previous = null;
        foreach (var line in Lines.In(prose))
        {
            var content = prose.AsSpan(line.Start, line.Length);
            var isBlank = content.IsWhiteSpace();
            if (previous is { } last && (isBlank || !Continues(prose, last, content)))
            {
                SplitInto(sentences, prose, new(start, last.End), block);
                previous = null;
            }

            if (isBlank)
            {
                wasBlank = true;
                continue;
            }

            if (wasBlank || content.TrimStart()[0] == '#')
                block++;
            if (previous is null)
                start = line.Start;
            wasBlank = false;
            previous = line;
        }

        if (previous is { } open)
            SplitInto(sentences, prose, new(start, open.End), block);
        return sentences;
    }

    private static bool Continues(string prose, TextSpan line, ReadOnlySpan<char> next)
    {
        var text = prose.AsSpan(line.Start, line.Length).TrimEnd();
        var following = next.TrimStart();
        if (text.TrimStart()[0] == '#' || IsTerminal(text[^1]) || text[^1] == ':' || Marker(following) > 0)
            return false;

        return char.IsLower(following[0]) || (text.Length >= WrappedLineMin && char.IsLetter(following[0]));
    }

    private static void SplitInto(List<Sentence> sentences, string prose, TextSpan span, int block)
    {
        var start = span.Start;
        var closed = start;
        for (var position = span.Start; position < span.End; position++)
        {
            if (!IsCut(prose[position], position - start)
                && !(IsTerminal(prose[position]) && EndsSentence(prose, start, position, span.End, ref closed)))
                continue;

            while (position + 1 < span.End
                && (IsTerminal(prose[position + 1]) || prose[position + 1] is '"' or '”' or ')'))
                position++;
            Add(sentences, prose, new(start, position + 1), block);
            start = position + 1;
        }

        Add(sentences, prose, new(start, span.End), block);
    }

    /// <summary>At white space; where there is none for long, anywhere but within a code point.</summary>
    private static bool IsCut(char symbol, int length) => length switch
    {
        < LengthMax => false,
        < 2 * LengthMax => char.IsWhiteSpace(symbol),
        _ => !char.IsHighSurrogate(symbol),
    };

    private static void Add(List<Sentence> sentences, string prose, TextSpan span, int block)
    {
        var text = prose.AsSpan(span.Start, span.Length);
        var start = span.Start + (text.Length - text.TrimStart().Length);
        start += Marker(prose.AsSpan(start, span.End - start));
        var trimmed = prose.AsSpan(start, span.End - start).TrimEnd();
        if (trimmed.ContainsAnyExcept(" \t\r\n*_#-=|.:>") is false)
            return;

        var isHeading = text.TrimStart()[0] == '#'
            || (trimmed[^1] == ':' && trimmed.Count(' ') < LabelWordsMax)
            || (trimmed.StartsWith("**") && trimmed.EndsWith("**"));
        sentences.Add(new(new(start, start + trimmed.Length), block, isHeading));
    }

    /// <summary>Length of a leading list marker or heading mark with the space after it.</summary>
    internal static int Marker(ReadOnlySpan<char> text)
    {
        var length = 0;
        if (text.Length > 1 && text[0] is '-' or '*' or '+' or '•' or '–')
            length = 1;
        else if (text.Length > 0 && text[0] == '#')
            length = text.IndexOfAnyExcept('#');
        else if (text.Length > 2 && (char.IsAsciiDigit(text[0]) || (char.IsAsciiLetter(text[0]) && text[1] == ')')))
            length = NumberMarker(text);

        if (length <= 0 || length >= text.Length || !char.IsWhiteSpace(text[length]))
            return 0;

        var rest = text[length..];
        return text.Length - rest.TrimStart().Length;
    }

    private static int NumberMarker(ReadOnlySpan<char> text)
    {
        var digits = 1;
        while (digits < text.Length && digits < 3 && char.IsAsciiDigit(text[digits]))
            digits++;
        return digits < text.Length && text[digits] is '.' or ')' ? digits + 1 : 0;
    }

    private static bool IsTerminal(char symbol) => symbol is '.' or '!' or '?' or '…' or '。' or '！' or '？' or '｡' or '؟'
        or '।' or '۔';

    /// <param name="closed">Where the closing marks end that were looked at last, which may be many.</param>
    private static bool EndsSentence(string prose, int start, int position, int end, ref int closed)
    {
        if (prose[position] is '。' or '！' or '？' or '｡' or '।' or '۔')
            return true;

        closed = Math.Max(closed, position + 1);
        while (closed < end && (IsTerminal(prose[closed]) || prose[closed] is '"' or '”' or ')' or '\'' or '’'))
            closed++;
        if (closed < end && !char.IsWhiteSpace(prose[closed]))
            return false;

        return prose[position] != '.' || !EndsWithAbbreviation(prose.AsSpan(start, position - start));
    }

    private static bool EndsWithAbbreviation(ReadOnlySpan<char> text)
    {
        var space = text.LastIndexOfAny(" \t\n(");
        var word = text[(space + 1)..];
        // A single letter (an initial, or the g of e.g.) and a list number end no sentence.
        if (word.Length == 1 && char.IsLetter(word[0]) && word[0] != 'I')
            return true;
        if (word.Length is 1 or 2 && char.IsAsciiDigit(word[0]) && text.TrimStart().Length == word.Length)
            return true;

        return word is "e.g" or "i.e" or "etc" or "vs" or "cf" or "approx" or "Dr" or "Mr" or "Mrs" or "Ms" or "Prof"
            or "St" or "No" or "Fig" or "z.B" or "d.h" or "bzw" or "p.ej" or "т.д" or "т.е";
    }
}
