using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace Assay;

/// <summary>
/// The text that an HTML page shows, as Markdown: headings keep their level, lists their marks, tables a line a row,
/// preformatted text a fence. Scripts, styles and hidden elements are left out.
/// </summary>
/// <remarks>
/// Reads the page token by token and builds no tree, so that time and memory are linear in its length whatever its
/// nesting: building one is quadratic for formatting tags that are never closed.
/// </remarks>
internal sealed class HtmlText
{
    /// <summary>The longest text that a page may have; marks and indents can make it longer than the page.</summary>
    public const int LengthMax = 32 * 1024 * 1024;

    private readonly MarkdownWriter writer = new();
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
            ShouldEmitAttribute = (ref _, name) => name.Span is "hidden" or "alt",
        };
        open = new HtmlElements(Leave);
    }

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
            if (page.writer.Length > LengthMax)
                return null;
        }

        page.open.CloseAll();
        return (page.writer.ToString(), string.IsNullOrWhiteSpace(page.firstTitle) ? null : page.firstTitle.Trim());
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
            writer.Text(text);
    }

    private void Start(HtmlTagToken tag)
    {
        var name = tag.Name;
        tokens.State = HtmlTags.ContentOf(name, open.IsForeign);
        open.CloseBefore(name);
        var isMisplaced = HtmlTags.IsTablePart(name) ? !open.Has("table")
            : name == "head" && (!open.IsEmpty || writer.Length > 0);
        if (isMisplaced)
            return;

        var hides = HtmlTags.Hidden.Contains(name) || tag.GetAttribute("hidden") is { } hidden && IsSet(tag, hidden);
        if (!open.Hides && !hides)
            Enter(tag);
        if (name == "title" && !open.IsForeign && !open.IsFull)
            title ??= new StringBuilder();
        if (!HtmlTags.Void.Contains(name) && !(tag.IsSelfClosing && open.IsForeign))
            open.Push(name, hides);
    }

    /// <summary>An attribute without a value is there, too.</summary>
    private static bool IsSet(HtmlTagToken tag, string value) =>
        value.Length > 0 || tag.Attributes.Exists(attribute => attribute.Name == "hidden");

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
            case ['h', >= '1' and <= '6' and var level]:
                writer.StartHeading(level - '0');
                break;
            case "ul" or "ol" when !open.IsFull:
                writer.StartList(ordered: name == "ol");
                break;
            case "li":
                writer.StartItem();
                break;
            case "pre" when !open.IsFull:
                preformatted = new StringBuilder();
                break;
            case "td" or "th" when open.AddCell():
                writer.Text(" | ");
                break;
            case "img" when tag.GetAttribute("alt") is { Length: > 0 } description:
                writer.Text(description);
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
            writer.Preformatted(preformatted.ToString());
            preformatted = null;
        }

        if (name is "ul" or "ol")
            writer.EndList();
        else if (name is ['h', >= '1' and <= '6'])
            writer.EndHeading();

        Break(name);
    }

    private void Break(string name)
    {
        if (open.Hides || preformatted is not null)
            return;
        if (HtmlTags.Paragraphs.Contains(name))
            writer.Break(2);
        else if (HtmlTags.Lines.Contains(name))
            writer.Break(1);
    }
}
