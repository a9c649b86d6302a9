using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Assay;

/// <summary>
/// The text that an HTML page shows, as Markdown: headings keep their level, lists their marks, tables a line a row,
/// preformatted text a fence. Scripts, styles and hidden elements are left out.
/// </summary>
internal static class HtmlText
{
    private static readonly HashSet<string> Skipped =
    [
        "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "canvas", "audio", "video",
        "head", "select", "datalist", "dialog",
    ];

    private static readonly HashSet<string> Paragraphs =
    [
        "p", "ul", "ol", "dl", "table", "blockquote", "figure", "section", "article", "main", "header", "footer", "nav",
        "aside", "form", "fieldset", "details", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre",
    ];

    private static readonly HashSet<string> Lines =
    [
        "div", "li", "tr", "dt", "dd", "caption", "figcaption", "address", "legend", "summary", "option", "thead",
        "tbody", "tfoot", "center", "br",
    ];

    /// <summary>Whether text without a telling name is a page.</summary>
    public static bool IsPage(string text)
    {
        var start = text.AsSpan().TrimStart();
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    public static (string Text, string? Title) Read(string html)
    {
        using var page = new HtmlParser().ParseDocument(html);
        var writer = new MarkdownWriter();
        if (page.Body is { } body)
            Walk(body, writer);

        return (writer.ToString(), string.IsNullOrWhiteSpace(page.Title) ? null : page.Title.Trim());
    }

    /// <summary>Without recursion: pages nest as deeply as they like.</summary>
    private static void Walk(INode root, MarkdownWriter writer)
    {
        var node = root;
        while (true)
        {
            if (Enter(node, writer) && node.FirstChild is { } child)
            {
                node = child;
                continue;
            }

            Leave(node, writer);
            while (node != root && node.NextSibling is null)
            {
                node = node.Parent!;
                Leave(node, writer);
            }

            if (node == root)
                return;

            node = node.NextSibling!;
        }
    }

    /// <summary>False when the node's children do not show.</summary>
    private static bool Enter(INode node, MarkdownWriter writer)
    {
        if (node is IText text)
        {
            writer.Text(text.Data);
            return false;
        }

        if (node is not IElement element || Skipped.Contains(element.LocalName) || element.HasAttribute("hidden"))
            return false;

        Break(element, writer);
        switch (element.LocalName)
        {
            case ['h', >= '1' and <= '6' and var level]:
                writer.StartHeading(level - '0');
                break;
            case "ul" or "ol":
                writer.StartList(ordered: element.LocalName == "ol");
                break;
            case "li":
                writer.StartItem();
                break;
            case "pre":
                writer.Preformatted(element.TextContent);
                return false;
            case "td" or "th" when element.PreviousElementSibling is not null:
                writer.Text(" | ");
                break;
            case "img" when element.GetAttribute("alt") is { Length: > 0 } description:
                writer.Text(description);
                break;
        }

        return true;
    }

    private static void Leave(INode node, MarkdownWriter writer)
    {
        if (node is not IElement element || Skipped.Contains(element.LocalName) || element.HasAttribute("hidden"))
            return;
        if (element.LocalName is "ul" or "ol")
            writer.EndList();
        else if (element.LocalName is ['h', >= '1' and <= '6'])
            writer.EndHeading();

        Break(element, writer);
    }

    private static void Break(IElement element, MarkdownWriter writer)
    {
        if (Paragraphs.Contains(element.LocalName))
            writer.Break(2);
        else if (Lines.Contains(element.LocalName))
            writer.Break(1);
    }
}
