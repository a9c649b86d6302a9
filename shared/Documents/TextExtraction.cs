namespace Assay;

/// <summary>
/// Turns a file into text. What a file is follows from its content first (signatures of other formats, byte order
/// marks, bytes that are no text), then from the extension of its name, then from the content type it was sent with.
/// </summary>
public static class TextExtraction
{
    /// <summary>White space and byte order marks, also those of UTF-16.</summary>
    private static readonly byte[] BeforeText = [.. " \t\r\n\v\f\0"u8, 0xEF, 0xBB, 0xBF, 0xFE, 0xFF];

    private const string Accepted = "Text, Markdown, HTML and CSV files are accepted.";

    /// <summary>Whether reading the file takes no more than a look at each of its characters.</summary>
    internal static bool IsPlain(ReadOnlySpan<byte> file, string name, string? contentType) =>
        FileSignature.Find(file) is null
        && FileType.Find(name, contentType) is null or FileType.Text or FileType.Markdown or FileType.Csv
        && !file.TrimStart(BeforeText).StartsWith((byte)'<');

    /// <param name="name">The file's name, of which only the extension matters.</param>
    /// <param name="contentType">What the sender called it; null or <c>application/octet-stream</c> when
    /// unknown.</param>
    public static Extraction Extract(ReadOnlySpan<byte> file, string name, string? contentType)
    {
        if (file.IsEmpty)
            return new Extraction.Rejected(RejectionCode.Empty, "The file has no bytes.");
        if (FileSignature.Find(file) is { } format)
            return new Extraction.Rejected(RejectionCode.Unsupported, $"The file is {format}. {Accepted}");
        if (FileType.Find(name, contentType) is not { } type)
        {
            var extension = Path.GetExtension(name);
            var what = extension.Length > 1 ? $"Files named *{extension}" : $"Files of type {contentType}";
            return new Extraction.Rejected(RejectionCode.Unsupported, $"{what} are not supported. {Accepted}");
        }

        if (TextDecoding.Decode(file, out var text) is { } rejected)
            return rejected;
        if (string.IsNullOrWhiteSpace(text))
            return new Extraction.Rejected(RejectionCode.Empty, "The file holds nothing but white space.");

        return Extract(text, type == FileType.Text && HtmlText.IsPage(text) ? FileType.Html : type);
    }

    private static Extraction Extract(string text, string type) => type switch
    {
        FileType.Html => ExtractHtml(text),
        FileType.Csv => ExtractTable(DelimitedText.WithoutSeparatorLine(text)),
        FileType.Markdown => new Extraction.Extracted(new(text, TextLayout.Markdown, type, MarkdownTitle(text))),
        _ => new Extraction.Extracted(new(text, TextLayout.Plain, type, null)),
    };

    private static Extraction ExtractTable(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new Extraction.Rejected(RejectionCode.Empty, "The table has no record.");
        return DelimitedText.Check(text) is { } rejected
            ? rejected
            : new Extraction.Extracted(new(text, TextLayout.Table, FileType.Csv, null));
    }

    private static Extraction ExtractHtml(string html)
    {
        if (HtmlText.Read(html) is not var (text, title))
        {
            return new Extraction.Rejected(
                RejectionCode.TooLarge, $"The page's text is longer than {HtmlText.LengthMax} characters.");
        }

        return string.IsNullOrWhiteSpace(text)
            ? new Extraction.Rejected(RejectionCode.Empty, "The page shows no text.")
            : new Extraction.Extracted(new(text, TextLayout.Markdown, FileType.Html, title));
    }

    private static string? MarkdownTitle(string text) =>
        Outline.OfMarkdown(text).Headings.FirstOrDefault(heading => heading.Level == 1)?.Title;
}
