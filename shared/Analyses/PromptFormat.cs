using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Tells text, Markdown and XML apart, and checks what can be checked of each.</summary>
internal static partial class PromptFormat
{
    public const string Auto = "auto";
    public const string Text = "text";
    public const string Markdown = "markdown";
    public const string Xml = "xml";

    /// <summary>What a request may declare.</summary>
    public static readonly string[] Declarable = [Auto, Text, Markdown, Xml];

    public static FormatReport Check(string text, string declared)
    {
        var format = declared == Auto ? Detect(text) : declared;
        var issues = format switch
        {
            Xml => XmlCheck.Issues(text),
            Markdown => MarkdownCheck.Issues(text),
            _ => [],
        };
        return new(format, declared == Auto, !issues.Any(issue => issue.Severity == Severity.Error), issues);
    }

    private static string Detect(string text)
    {
        var trimmed = text.AsSpan().Trim().Trim('\uFEFF');
        if (trimmed.StartsWith("<?xml") || (LooksTagged(trimmed) && !StartsWithHtmlInline(trimmed)))
            return Xml;

        var hasTwoMarks = MarkdownMark().Match(text) is { Success: true } mark && mark.NextMatch().Success;
        return hasTwoMarks || StrongMarkdownMark().IsMatch(text) ? Markdown : Text;
    }

    /// <summary>From a tag to a tag, with nothing before or after: XML, well-formed or meant to be.</summary>
    private static bool LooksTagged(ReadOnlySpan<char> text) =>
        text.Length > 6 && text[0] == '<' && text[^1] == '>' && char.IsAsciiLetter(text[1]) && text.IndexOf("</") > 0;

    private static bool StartsWithHtmlInline(ReadOnlySpan<char> text) =>
        text.StartsWith("<br") || text.StartsWith("<b>") || text.StartsWith("<i>") || text.StartsWith("<a ");

    // Headings, fences and tables are written on purpose.
    [GeneratedRegex(@"^(?:#{1,6} \S|```|~~~|\|[^\n|]{1,200}\|)", RegexOptions.Multiline, Patterns.Timeout)]
    private static partial Regex StrongMarkdownMark();

    // List items, quotations, emphasis and links are, from the second one on.
    [GeneratedRegex(
        @"^ {0,3}(?:[-*+] \S|\d{1,3}[.)] \S|> )|\*\*[^*\n]{1,200}\*\*|\[[^\[\]\n]{1,200}\]\([^\[)\s]{1,500}\)"
        + @"|`[^`\n]{1,200}`",
        RegexOptions.Multiline, Patterns.Timeout)]
    private static partial Regex MarkdownMark();
}
