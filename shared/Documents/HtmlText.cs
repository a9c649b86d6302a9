using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace Assay;

/// <summary>
/// The text that an HTML page shows, as Markdown: headings keep their level, lists their marks, tables a line a row,
/// preformatted text a fence. Scripts, styles and hidden elements are left out. Tables that lay out a page, with
/// headings, code or long texts in their cells, are read cell after cell.
/// </summary>
/// <remarks>
/// Reads the page token by token and builds no tree, so that time and memory are linear in its length whatever its
/// nesting: building one is quadratic for formatting tags that are never closed.
/// </remarks>
internal sealed class HtmlText
{
    /// <summary>The longest text that a page may have; marks and indents can make it longer than the page.</summary>
    public const int LengthMax = 32 * 1024 * 1024;

    /// <summary>Tables deeper within others are text of their cells, so that no text is copied up more often.</summary>
    private const int TablesMax = 4;

    private readonly MarkdownWriter page = new();
    private readonly Stack<HtmlTable> tables = new();
    private int deeperTables;
    private readonly HtmlTokenizer tokens;
    private readonly HtmlElements open;

    /// <summary>The text of the open <c>pre</c>, and of the open <c>title</c>.</summary>
    private StringBuilder? preformatted;
    private StringBuilder? title;
    private string? firstTitle;

    private HtmlText(string html)
    {
        tokens = new HtmlTokenizer(new TextSource(html), HtmlEntityProvider.Resolver)
        {
            SkipComments = true,
            // Only these are read; a tag with a hundred thousand attributes has none of the others.
            ShouldEmitAttribute = (ref _, name) => name.Span is "hidden" or "alt" or "style" or "colspan" or "rowspan",
        };
        open = new HtmlElements(Leave);
    }

    private MarkdownWriter Writer => tables.TryPeek(out var table) ? table.Writer : page;

    /// <summary>The table that is open innermost, unless it is one too deep.</summary>
    private HtmlTable? Table => deeperTables == 0 && tables.TryPeek(out var table) ? table : null;

    /// <summary>Whether text without a telling name is a page.</summary>
    public static bool IsPage(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Null when the text is longer than <see cref="LengthMax"/>.</summary>
    public static (string Text, string? Title)? Read(string html)
    {
        var page = new HtmlText(html);
        while (page.tokens.Get() is { Type: not HtmlTokenType.EndOfFile } token)
        {
            page.Read(token);
            if (page.page.Length > LengthMax || page.Writer.Length > LengthMax)
                return null;
        }

        page.open.CloseAll();
        return (page.page.ToString(), string.IsNullOrWhiteSpace(page.firstTitle) ? null : page.firstTitle.Trim());
    }

    private void Read(HtmlToken token)
    {
        switch (token.Type)
        {
            case HtmlTokenType.Character:
                Text(token.Data);
                break;
            case HtmlTokenType.StartTag:
                Start((HtmlTagToken)token);
                break;
            case HtmlTokenType.EndTag when token.Name == "br":
                Break("br");
                break;
            case HtmlTokenType.EndTag:
                open.Close(token.Name);
                break;
        }
    }

    private void Text(string text)
    {
        if (title is not null)
            title.Append(text);
        else if (open.IsHead && !string.IsNullOrWhiteSpace(text))
            open.Close("head");

        if (open.Hides)
            return;
        if (preformatted is not null)
            preformatted.Append(text);
        else
            Writer.Text(text);
    }

    private void Start(HtmlTagToken tag)
    {
        var name = tag.Name;
        tokens.State = HtmlTags.ContentOf(name, open.IsForeign);
        open.CloseBefore(name);
        var isMisplaced = HtmlTags.IsTablePart(name) ? !open.Has("table")
            : name == "head" && (!open.IsEmpty || page.Length > 0);
        if (isMisplaced)
            return;

        var hides = HtmlTags.Hidden.Contains(name) || IsSet(tag, "hidden") || IsStyledAway(tag);
        if (!open.Hides && !hides)
            Enter(tag);
        if (name == "title" && !open.IsForeign && !open.IsFull)
            title ??= new StringBuilder();
        if (!HtmlTags.Void.Contains(name) && !(tag.IsSelfClosing && open.IsForeign))
            open.Push(name, hides);
    }

    /// <summary>An attribute without a value is there, too.</summary>
    private static bool IsSet(HtmlTagToken tag, string attribute) =>
        tag.Attributes.Exists(other => other.Name == attribute);

    private static bool IsStyledAway(HtmlTagToken tag) =>
        tag.GetAttribute("style") is { Length: > 0 } style
        && style.Split(';').Any(declaration => IsAway(declaration.Split(':', 2, StringSplitOptions.TrimEntries)));

    private static bool IsAway(string[] declaration) =>
        declaration is [var name, var value]
        && (name.Equals("display", StringComparison.OrdinalIgnoreCase)
            && value.StartsWith("none", StringComparison.OrdinalIgnoreCase)
            || name.Equals("visibility", StringComparison.OrdinalIgnoreCase)
            && value.StartsWith("hidden", StringComparison.OrdinalIgnoreCase));

    private void Enter(HtmlTagToken tag)
    {
        var name = tag.Name;
        if (preformatted is not null)
        {
            if (name == "br")
                preformatted.Append('\n');
            return;
        }

        Break(name);
        switch (name)
        {
            case ['h', >= '1' and <= '6' and var level] when !open.IsFull:
                Writer.StartHeading(level - '0');
                break;
            case "ul" or "ol" when !open.IsFull:
                Writer.StartList(ordered: name == "ol");
                break;
            case "li":
                Writer.StartItem();
                break;
            case "pre" when !open.IsFull:
                preformatted = new StringBuilder();
                break;
            case "table" when !open.IsFull && tables.Count < TablesMax:
                tables.Push(new HtmlTable(Writer));
                break;
            case "table" when !open.IsFull:
                deeperTables++;
                break;
            case "tr":
                Table?.EndRow();
                break;
            case "td" or "th" when !open.IsFull && Table is { } table:
                table.StartCell(tag.GetAttribute("colspan"), tag.GetAttribute("rowspan"));
                break;
            case "td" or "th" when open.AddCell():
                Writer.Text(" | ");
                break;
            case "img" when tag.GetAttribute("alt") is { Length: > 0 } description:
                Writer.Text(description);
                break;
        }
    }

    private void Leave(string name, bool isHidden)
    {
        if (name == "title" && title is not null)
        {
            firstTitle ??= title.ToString();
            title = null;
        }

        if (isHidden)
            return;
        if (preformatted is not null)
        {
            if (name != "pre")
                return;
            Writer.Preformatted(preformatted.ToString());
            preformatted = null;
        }

        switch (name)
        {
            case "ul" or "ol":
                Writer.EndList();
                break;
            case ['h', >= '1' and <= '6']:
                Writer.EndHeading();
                break;
            case "td" or "th":
                Table?.EndCell();
                break;
            case "tr" or "thead" or "tbody" or "tfoot":
                Table?.EndRow();
                break;
            case "table" when deeperTables > 0:
                deeperTables--;
                break;
            case "table" when tables.TryPop(out var table):
                table.EndRow();
                break;
        }

        Break(name);
    }

    private void Break(string name)
    {
        if (open.Hides || preformatted is not null)
            return;
        if (HtmlTags.Paragraphs.Contains(name))
            Writer.Break(2);
        else if (HtmlTags.Lines.Contains(name))
            Writer.Break(1);
    }
}
