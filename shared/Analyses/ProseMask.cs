using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// A copy of the text, of the same length, in which everything that is not the author's own instruction is blanked:
/// code, quoted passages, tagged documents, examples, tags and addresses. Spans found in it hold in the text.
/// </summary>
internal static partial class ProseMask
{
    public static string Apply(
        string text, IReadOnlyList<TextSpan> code, IReadOnlyList<Example> examples,
        IReadOnlyList<Placeholder> placeholders, char placeholderFiller)
    {
        var prose = text.ToCharArray();
        foreach (var span in code)
            Blank(prose, span);
        foreach (var example in examples)
            Blank(prose, example.Span);

        BlankComments(text, prose);
        BlankTaggedContent(text, prose);
        foreach (Match match in NotProse().Matches(new string(prose)))
            Blank(prose, match.Span());
        foreach (var placeholder in placeholders)
            prose.AsSpan(placeholder.Span.Start, placeholder.Span.Length).Fill(placeholderFiller);

        return new string(prose);
    }

    /// <summary>Fences and inline code, in order.</summary>
    public static IReadOnlyList<TextSpan> CodeIn(string text, IReadOnlyList<Fence> fences)
    {
        var code = new List<TextSpan>();
        var fence = 0;
        foreach (Match match in InlineCode().Matches(text))
        {
            var span = match.Span();
            while (fence < fences.Count && fences[fence].Span.End <= span.Start)
                code.Add(fences[fence++].Span);
            if (fence == fences.Count || !fences[fence].Span.Overlaps(span))
                code.Add(span);
        }

        while (fence < fences.Count)
            code.Add(fences[fence++].Span);
        return code;
    }

    private static void BlankComments(string text, char[] prose)
    {
        var position = 0;
        while (text.IndexOf("<!--", position, StringComparison.Ordinal) is >= 0 and var start
            && text.IndexOf("-->", start + 4, StringComparison.Ordinal) is >= 0 and var end)
        {
            Blank(prose, new(start, end + 3));
            position = end + 3;
        }
    }

    private static void BlankTaggedContent(string text, char[] prose)
    {
        var unclosed = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var end = 0;
        foreach (Match tag in DataTag().Matches(text))
        {
            var name = tag.Groups["name"].Value;
            if (tag.Index < end || unclosed.Contains(name))
                continue;

            var close = text.IndexOf($"</{name}>", tag.Index + tag.Length, StringComparison.OrdinalIgnoreCase);
            if (close < 0)
            {
                unclosed.Add(name);
                continue;
            }

            Blank(prose, new(tag.Index + tag.Length, close));
            end = close;
        }
    }

    private static void Blank(char[] prose, TextSpan span)
    {
        foreach (ref var symbol in prose.AsSpan(span.Start, span.Length))
        {
            if (symbol != '\n')
                symbol = ' ';
        }
    }

    [GeneratedRegex(@"(?<!`)(`{1,2})(?!`)[^`\n]{1,500}\1(?!`)", Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex InlineCode();

    [GeneratedRegex(
        @"<(?<name>documents?|article|transcript|email|examples?|input|text|data|content|quote|passage)\b"
        + @"[^<>\n]{0,200}>",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex DataTag();

    // In order: block quotes, long quotations, tags, addresses.
    [GeneratedRegex(
        """"
        ^[ ]{0,3}>[^\n]{0,4000}
        |"{3}(?:[^"]|"(?!"")){1,20000}"{3}
        |"[^"\n]{25,2000}"|“[^“”\n]{25,2000}”|«[^«»\n]{25,2000}»|„[^„“”\n]{25,2000}[“”]
        |</?[A-Za-z][\w:.\-]{0,63}(?:\s[^<>\n]{0,300})?/?>
        |\bhttps?://[^\s<>"')\]]{1,2000}
        """",
        Patterns.Lines | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex NotProse();
}
