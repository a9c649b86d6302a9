namespace Assay;

/// <summary>How well a place suits for ending a chunk, worst first.</summary>
internal enum BreakStrength
{
    /// <summary>Within what readers see as one character.</summary>
    None,
    Character,
    Word,
    Line,
    Sentence,
    Paragraph,
}

/// <summary>A line start, and how well a chunk may end before it.</summary>
internal readonly record struct Break(int Offset, BreakStrength Strength);

/// <summary>A heading: where its first line starts, where the text below it starts, and its level, 1–6.</summary>
internal sealed record Heading(int Offset, int BodyOffset, int Level, string Title);

/// <summary>
/// The structure of a text: its line starts in order, its headings in order, and the header of a table.
/// </summary>
internal sealed record Outline(IReadOnlyList<Break> Breaks, IReadOnlyList<Heading> Headings, string? TableHeader = null)
{
    /// <summary>Longer headings are cut in heading paths.</summary>
    public const int TitleLengthMax = 200;

    public static Outline Of(string text, TextLayout layout) => layout switch
    {
        TextLayout.Markdown => OfMarkdown(text),
        TextLayout.Table => OfTable(text),
        _ => OfPlain(text),
    };

    public static Outline OfMarkdown(string text) => MarkdownOutline.Of(text);

    private static Outline OfPlain(string text)
    {
        var breaks = new List<Break>();
        var afterBlank = false;
        foreach (var line in text.AsSpan().Split('\n'))
        {
            if (text.AsSpan(line).IsWhiteSpace())
            {
                afterBlank = true;
                continue;
            }

            breaks.Add(new(line.Start.Value, afterBlank ? BreakStrength.Paragraph : BreakStrength.Line));
            afterBlank = false;
        }

        return new(breaks, []);
    }

    private static Outline OfTable(string text)
    {
        var starts = DelimitedText.RecordStarts(text);
        var header = starts.Count switch
        {
            0 => "",
            1 => text[starts[0]..],
            _ => text[starts[0]..starts[1]],
        };
        return new(
            [.. starts.Select(start => new Break(start, BreakStrength.Paragraph))],
            [],
            Shorten(header.Trim()));
    }

    /// <summary>The start of a text, without half a code point at its end: Postgres takes none.</summary>
    internal static string Shorten(string text, int lengthMax = TitleLengthMax) =>
        ShownText.Shorten(text, lengthMax);
}
