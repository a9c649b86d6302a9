namespace Assay;

/// <summary>How the structure of a text shows in it.</summary>
public enum TextLayout
{
    /// <summary>Paragraphs are set apart by blank lines.</summary>
    Plain,

    /// <summary>Markdown: headings, fenced code and paragraphs. Text of HTML pages is given as Markdown.</summary>
    Markdown,

    /// <summary>One record a line (of quoted fields: a few lines), the first of which names the columns.</summary>
    Table,
}

/// <summary>The text of a file, without a byte order mark, and how it is laid out.</summary>
/// <param name="Title">The title that the file gives itself.</param>
public sealed record ExtractedText(string Text, TextLayout Layout, string ContentType, string? Title);

/// <summary>What came of reading a file: its text, or the reason why it has none.</summary>
public abstract record Extraction
{
    private Extraction()
    {
    }

    public sealed record Extracted(ExtractedText Text) : Extraction;

    /// <summary>The file cannot be ingested as it is; trying again changes nothing.</summary>
    /// <param name="Code">One of <see cref="RejectionCode"/>.</param>
    /// <param name="Detail">A sentence for people: what was found, and where.</param>
    public sealed record Rejected(string Code, string Detail) : Extraction
    {
        /// <summary>What a failed document says: <c>unsupported: A PDF document is …</c>.</summary>
        public string Reason => $"{Code}: {Detail}";
    }
}

/// <summary>Why a file was rejected, for programs.</summary>
public static class RejectionCode
{
    public const string Empty = "empty";
    public const string TooLarge = "too-large";
    public const string Unsupported = "unsupported";
    public const string Binary = "binary";
    public const string InvalidEncoding = "invalid-encoding";
    public const string MalformedTable = "malformed-table";
    public const string Missing = "missing";

    /// <summary>It takes more processor time or memory than a document may.</summary>
    public const string TooCostly = "too-costly";
}
