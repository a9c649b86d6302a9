using AngleSharp.Html.Parser;

namespace Assay;

/// <summary>What is known of the tags of HTML.</summary>
internal static class HtmlTags
{
    public static readonly HashSet<string> Hidden =
    [
        "script", "style", "template", "noscript", "svg", "math", "iframe", "object", "canvas", "audio", "video",
        "head", "title", "select", "datalist", "dialog",
    ];

    public static readonly HashSet<string> Paragraphs =
    [
        "p", "ul", "ol", "dl", "table", "blockquote", "figure", "section", "article", "main", "header", "footer", "nav",
        "aside", "form", "fieldset", "details", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre",
    ];

    public static readonly HashSet<string> Lines =
    [
        "div", "li", "tr", "dt", "dd", "caption", "figcaption", "address", "legend", "summary", "option", "thead",
        "tbody", "tfoot", "center", "br",
    ];

    /// <summary>They have no end tag.</summary>
    public static readonly HashSet<string> Void =
    [
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
        "meta", "param", "source", "track", "wbr",
    ];

    /// <summary>They may stand in a head; anything else ends it.</summary>
    public static readonly HashSet<string> InHead =
    [
        "head", "html", "base", "basefont", "bgsound", "link", "meta", "title", "noscript", "noframes", "style",
        "script", "template",
    ];

    /// <summary>They end drawings and formulas that are left open.</summary>
    private static readonly HashSet<string> NeverForeign =
    [
        "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img",
        "li", "ol", "p", "pre", "span", "strong", "table", "ul",
    ];

    public static bool EndsForeign(string name) => NeverForeign.Contains(name);

    /// <summary>Those whose end tag, or whose implied end, changes what is written.</summary>
    public static bool IsBlock(string name) =>
        Paragraphs.Contains(name) || Lines.Contains(name) || Hidden.Contains(name) || name is "td" or "th";

    public static bool IsTablePart(string name) => name is "tr" or "td" or "th" or "thead" or "tbody" or "tfoot";

    /// <summary>End tags reach no further than the cell or the table that they stand in.</summary>
    public static bool IsBarrier(string name) => name is "td" or "th" or "caption" or "table" or "template" or "object";

    /// <summary>What ends by itself where such a tag starts, and what it does not reach beyond.</summary>
    public static (string[] Ended, string[] Within) EndedBy(string name) => name switch
    {
        "li" => (["li"], ["ul", "ol", "table", "td", "th", "blockquote"]),
        "dt" or "dd" => (["dt", "dd"], ["dl", "table", "td", "th", "ul", "ol"]),
        "td" or "th" => (["td", "th", "caption"], ["tr", "table"]),
        "tr" => (["tr", "caption"], ["table"]),
        "thead" or "tbody" or "tfoot" => (["thead", "tbody", "tfoot", "caption"], ["table"]),
        "option" or "optgroup" => (["option"], ["select", "datalist"]),
        ['h', >= '1' and <= '6'] => (["p", "h1", "h2", "h3", "h4", "h5", "h6"], ["td", "th", "table", "div"]),
        _ when name is "div" or "center" or "address" or "figcaption" or "summary" || Paragraphs.Contains(name) =>
            (["p"], ["td", "th", "caption", "table", "object"]),
        _ => ([], []),
    };

    /// <summary>How what follows the start tag is to be read.</summary>
    public static HtmlParseMode ContentOf(string name, bool isForeign) => name switch
    {
        _ when isForeign => HtmlParseMode.PCData,
        "title" or "textarea" => HtmlParseMode.RCData,
        "style" or "xmp" or "iframe" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
        "script" => HtmlParseMode.Script,
        "plaintext" => HtmlParseMode.Plaintext,
        _ => HtmlParseMode.PCData,
    };
}
