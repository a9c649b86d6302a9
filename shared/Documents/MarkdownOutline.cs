using System.Buffers;
using System.Text;
using Markdig;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Assay;

/// <summary>
/// Headings and line starts of Markdown. Headings are those of the document itself, as CommonMark tells them: not those
/// in lists and quotations, in code, in HTML or in front matter.
/// </summary>
internal static class MarkdownOutline
{
    // What may stand for something else than itself within a line.
    private static readonly SearchValues<char> Marks = SearchValues.Create("\\`*_[]<>&!");

    // Titles longer than this are taken as they are written.
    private const int TitleMax = 1_000;

    // Without what is within lines: brackets and stars of a long text take quadratic time, and only titles are shown.
    private static readonly MarkdownPipeline Blocks = BlocksAlone();

    private static readonly MarkdownPipeline Inlines = new MarkdownPipelineBuilder().Build();

    public static Outline Of(string text)
    {
        MarkdownDocument document;
        try
        {
            document = Markdown.Parse(text, Blocks);
        }
        catch (ArgumentException)
        {
            // Nested deeper than Markdig follows.
            return Outline.Of(text, TextLayout.Plain);
        }

        var headings = document.OfType<HeadingBlock>().Select(block => Heading(text, document, block)).ToArray();
        return new(Breaks(text, document, headings), headings);
    }

    private static Heading Heading(string text, MarkdownDocument document, HeadingBlock block)
    {
        var start = text.LastIndexOf('\n', Math.Max(0, block.Span.Start - 1), block.Span.Start) + 1;
        var end = text.IndexOf('\n', Math.Min(block.Span.End, text.Length - 1));
        return new(start, end < 0 ? text.Length : end + 1, block.Level, Outline.Shorten(Title(document, block.Inline)));
    }

    private static MarkdownPipeline BlocksAlone()
    {
        var builder = new MarkdownPipelineBuilder().UseYamlFrontMatter();
        builder.InlineParsers.Clear();
        return builder.Build();
    }

    private static string Title(MarkdownDocument document, ContainerInline? written)
    {
        var title = Plain(written).ReplaceLineEndings(" ");
        if (title.Length > TitleMax || !title.AsSpan().ContainsAny(Marks))
            return title;

        // Brackets stand for a link where the document says which.
        var links = title.Split('[', ']').Where(label => document.TryGetLinkReferenceDefinition(label, out _));
        var alone = $"# {title}\n\n{string.Concat(links.Select(label => $"[{label}]: <>\n"))}";
        return Plain(Markdown.Parse(alone, Inlines).OfType<HeadingBlock>().Single().Inline);
    }

    private static string Plain(ContainerInline? inline)
    {
        var text = new StringBuilder();
        foreach (var part in inline?.Descendants() ?? [])
        {
            _ = part switch
            {
                LiteralInline literal => text.Append(literal.Content.AsSpan()),
                CodeInline code => text.Append(code.Content),
                HtmlEntityInline entity => text.Append(entity.Transcoded.AsSpan()),
                AutolinkInline link => text.Append(link.Url),
                LineBreakInline => text.Append(' '),
                _ => text,
            };
        }
        return text.ToString().Trim();
    }

    /// <summary>
    /// A line after a blank one begins a paragraph; within code, and where an item begins, a chunk ends as well as
    /// behind a sentence. Blank lines are no breaks, but in code.
    /// </summary>
    private static List<Break> Breaks(string text, MarkdownDocument document, Heading[] headings)
    {
        var code = document.Descendants<LeafBlock>()
            .Where(block => block is CodeBlock and not YamlFrontMatterBlock)
            .ToDictionary(block => block.Line);
        var items = document.Descendants<ListItemBlock>().Select(item => item.Line).ToHashSet();
        var starts = headings.Select(heading => heading.Offset).ToHashSet();
        List<Break> breaks = [];
        var (number, codeEnd, afterBlank) = (0, -1, true);
        foreach (var line in text.AsSpan().Split('\n'))
        {
            var start = line.Start.Value;
            if (code.TryGetValue(number++, out var block))
            {
                breaks.Add(new(start, BreakStrength.Paragraph));
                (codeEnd, afterBlank) = (block.Span.End, false);
            }
            else if (start <= codeEnd)
            {
                breaks.Add(new(start, BreakStrength.Sentence));
                afterBlank = line.End.Value > codeEnd;
            }
            else if (text.AsSpan(line).IsWhiteSpace())
                afterBlank = true;
            else
            {
                breaks.Add(new(start, afterBlank || starts.Contains(start) ? BreakStrength.Paragraph
                    : items.Contains(number - 1) ? BreakStrength.Sentence
                    : BreakStrength.Line));
                afterBlank = false;
            }
        }
        return breaks;
    }
}
