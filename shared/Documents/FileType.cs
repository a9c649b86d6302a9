namespace Assay;

/// <summary>The media types of files whose text can be extracted.</summary>
public static class FileType
{
    public const string Text = "text/plain";
    public const string Markdown = "text/markdown";
    public const string Html = "text/html";
    public const string Csv = "text/csv";

    /// <summary>The type that the name says, or without an extension the content type; null when unsupported.</summary>
    internal static string? Find(string name, string? contentType) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".txt" or ".text" or ".log" => Text,
        ".md" or ".markdown" or ".mdown" => Markdown,
        ".html" or ".htm" or ".xhtml" => Html,
        ".csv" or ".tsv" => Csv,
        "" or "." => ByContentType(contentType),
        _ => null,
    };

    private static string? ByContentType(string? contentType)
    {
        var media = contentType?.Split(';')[0].Trim().ToLowerInvariant();
        return media switch
        {
            null or "" or "application/octet-stream" or Text => Text,
            Markdown or "text/x-markdown" => Markdown,
            Html or "application/xhtml+xml" => Html,
            Csv or "text/tab-separated-values" => Csv,
            _ => null,
        };
    }
}

/// <summary>Formats that are recognised by their first bytes, so that a wrong name gets a clear answer.</summary>
internal static class FileSignature
{
    private static readonly (byte[] Bytes, string Format)[] Known =
    [
        ("%PDF-"u8.ToArray(), "a PDF document"),
        ("PK\u0003\u0004"u8.ToArray(), "a ZIP archive or an Office document"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an old Office document"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        ("GIF8"u8.ToArray(), "a GIF image"),
        ([0x1F, 0x8B], "a gzip archive"),
        ([0x7F, (byte)'E', (byte)'L', (byte)'F'], "a program"),
        ([(byte)'M', (byte)'Z', 0x90, 0x00], "a program"),
        ("{\\rtf"u8.ToArray(), "an RTF document"),
        ([0xFF, 0xFE, 0x00, 0x00], "text in UTF-32"),
    ];

    /// <summary>What the file is, with its article; null when nothing is recognised.</summary>
    public static string? Find(ReadOnlySpan<byte> file)
    {
        foreach (var (bytes, format) in Known)
        {
            if (file.StartsWith(bytes))
                return format;
        }

        return null;
    }
}
