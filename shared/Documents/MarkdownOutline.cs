namespace Assay;

/// <summary>
/// Reads the headings (both kinds), fences, lists and paragraphs of Markdown, in one pass over its lines.
/// Headings in fences and in front matter are none.
/// </summary>
internal sealed class MarkdownOutline
{
    private readonly string text;
    private readonly List<Break> breaks = [];
    private readonly List<Heading> headings = [];

    /// <summary>The character and length of the open fence; length 0 when none is open.</summary>
    private (char Mark, int Length) fence;
    private bool newBlock = true;

    /// <summary>
    /// The line before, when it is the only line so far of a paragraph: it may turn out to be a heading.
    /// </summary>
    private Range? single;

    private MarkdownOutline(string text) => this.text = text;

    public static Outline Of(string text)
    {
        var outline = new MarkdownOutline(text);
        var body = outline.EndOfFrontMatter();
        foreach (var line in text.AsSpan(body).Split('\n'))
            outline.Line(line.Start.Value + body, line.End.Value + body);

        return new(outline.breaks, outline.headings);
    }

    private void Line(int start, int end)
    {
        var line = text.AsSpan(start..end).TrimEnd();
        if (fence.Length > 0)
            FencedLine(line, start);
        else if (line.IsWhiteSpace())
            (newBlock, single) = (true, null);
        else if (OpeningFence(line) is { Length: > 0 } opened)
            (fence, newBlock, single) = (opened, false, Add(start, BreakStrength.Paragraph));
        else if (LevelOfHeading(line) is > 0 and var level)
            AddHeading(start, end, level, Title(line));
        else if (single is { } above && LevelOfUnderline(line) is > 0 and var underlined)
            AddHeading(above.Start.Value, end, underlined, text.AsSpan(above).Trim().ToString());
        else
            PlainLine(line, start, end);
    }

    private void PlainLine(ReadOnlySpan<char> line, int start, int end)
    {
        Add(start, newBlock ? BreakStrength.Paragraph : IsItem(line) ? BreakStrength.Sentence : BreakStrength.Line);
        single = newBlock && !IsItem(line) && line.TrimStart()[0] is not ('>' or '|') ? start..end : null;
        newBlock = false;
    }

    private void FencedLine(ReadOnlySpan<char> line, int start)
    {
        Add(start, BreakStrength.Sentence);
        var closing = OpeningFence(line);
        if (closing.Mark != fence.Mark || closing.Length < fence.Length || line.Trim().Trim(fence.Mark).Length > 0)
            return;

        fence = default;
        newBlock = true;
    }

    private Range? Add(int offset, BreakStrength strength)
    {
        breaks.Add(new(offset, strength));
        return null;
    }

    private void AddHeading(int start, int end, int level, string title)
    {
        if (breaks.Count == 0 || breaks[^1].Offset < start)
            breaks.Add(new(start, BreakStrength.Paragraph));

        headings.Add(new(start, Math.Min(end + 1, text.Length), level, Outline.Shorten(title)));
        (newBlock, single) = (true, null);
    }

    private static bool IsItem(ReadOnlySpan<char> line)
    {
        var item = line.TrimStart();
        if (item.Length > 1 && item[0] is '-' or '*' or '+' && item[1] == ' ')
            return true;

        var digits = item.IndexOfAnyExceptInRange('0', '9');
        return digits is > 0 and < 10 && item[digits] is '.' or ')';
    }

    /// <summary>
    /// The fence that a line of at least three backticks or tildes opens, after at most three blanks.
    /// </summary>
    private static (char Mark, int Length) OpeningFence(ReadOnlySpan<char> line)
    {
        var fence = line.TrimStart(' ');
        if (line.Length - fence.Length > 3 || fence.Length < 3 || fence[0] is not ('`' or '~'))
            return default;

        var length = fence.IndexOfAnyExcept(fence[0]);
        if (length < 0)
            length = fence.Length;

        // A backtick in what follows makes it code within a line.
        return length < 3 || fence[0] == '`' && fence[length..].Contains('`') ? default : (fence[0], length);
    }

    /// <summary>1–6 for a line such as <c>## Title</c>, otherwise 0.</summary>
    private static int LevelOfHeading(ReadOnlySpan<char> line)
    {
        var heading = line.TrimStart(' ');
        if (line.Length - heading.Length > 3)
            return 0;

        var level = heading.IndexOfAnyExcept('#');
        if (level < 0)
            level = heading.Length;

        return level is >= 1 and <= 6 && (level == heading.Length || heading[level] is ' ' or '\t') ? level : 0;
    }

    /// <summary>1 for a line of equals signs, 2 for one of hyphens, otherwise 0.</summary>
    private static int LevelOfUnderline(ReadOnlySpan<char> line)
    {
        var underline = line.TrimStart(' ');
        if (line.Length - underline.Length > 3 || underline.Length < 2)
            return 0;

        return underline[0] is '=' or '-' && underline.IndexOfAnyExcept(underline[0]) < 0
            ? underline[0] == '=' ? 1 : 2
            : 0;
    }

    private static string Title(ReadOnlySpan<char> line)
    {
        var title = line.Trim().TrimStart('#').Trim();

        // A closing run of # belongs to the mark, unless it is attached to a word, as in C#.
        var open = title.TrimEnd('#');
        return (open.Length == 0 || char.IsWhiteSpace(open[^1]) ? open.TrimEnd() : title).ToString();
    }

    /// <summary>Metadata between lines of three hyphens at the very start belong to no section.</summary>
    private int EndOfFrontMatter()
    {
        if (text.AsSpan() is not (['-', '-', '-', '\n', ..] or ['-', '-', '-', '\r', '\n', ..]))
            return 0;

        var first = text.IndexOf('\n') + 1;
        foreach (var line in text.AsSpan(first).Split('\n'))
        {
            if (text.AsSpan(first)[line].TrimEnd() is "---" or "...")
                return Math.Min(first + line.End.Value + 1, text.Length);
        }

        return 0;
    }
}
