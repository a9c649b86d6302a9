using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>The states of a document. Completed and failed are final until it is replaced or retried.</summary>
public static class DocumentStatus
{
    public const string Pending = "pending";
    public const string Processing = "processing";
    public const string Completed = "completed";
    public const string Failed = "failed";

    public static readonly string[] All = [Pending, Processing, Completed, Failed];
}

/// <summary>A file and what became of it.</summary>
/// <param name="BlobPath">Its path in the inbox container, which starts with the organization's slug.</param>
/// <param name="ContentHash">SHA-256 of the bytes, in hexadecimal.</param>
/// <param name="Error">Why it failed: a code, a colon and a sentence.</param>
/// <param name="Version">Rises with every new attempt to ingest it.</param>
/// <param name="LiveVersion">The version that searches see, null before the first completed one.</param>
public record Document(
    Guid Id,
    string Title,
    string BlobPath,
    string? ContentType,
    long ByteSize,
    string ContentHash,
    [AllowedValues(
        DocumentStatus.Pending, DocumentStatus.Processing, DocumentStatus.Completed, DocumentStatus.Failed)]
    string Status,
    string? Error,
    string Encoding,
    int ChunkSize,
    int ChunkOverlap,
    int ChunkCount,
    int? TokenCount,
    int Version,
    int? LiveVersion,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? CompletedAt)
{
    public static Document Example => new(
        Sample.Id, "Handbook", "sample/handbook.md", "text/markdown", 7_390,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", DocumentStatus.Completed, null,
        "o200k_base", 200, 20, 20, 1_846, 1, 1, Sample.At, Sample.At.AddSeconds(1), Sample.At.AddSeconds(1));

    internal const string Columns =
        """
        id, title, blob_path, content_type, byte_size, encode(content_hash, 'hex') as content_hash, status, error,
            encoding, chunk_size, chunk_overlap, chunk_count, token_count, version, live_version, created_at,
            updated_at, completed_at
        """;
}

/// <summary>A part of a document's text. Offsets count UTF-16 code units of that text, the end is exclusive.</summary>
public sealed record StoredChunk(
    Guid Id, int ChunkIndex, string Content, string[] HeadingPath, int StartOffset, int EndOffset, int TokenCount)
{
    public static StoredChunk Example => new(
        Sample.Id, 7, "Conversations are kept for ninety days.",
        ["Handbook", "Privacy and retention"], 2_310, 2_349, 8);
}

/// <summary>A file that lies in the inbox.</summary>
/// <param name="Title">What its sender calls it; null takes the file's own title, or else its name.</param>
public sealed record ReceivedFile(
    string BlobPath, string? Title, string? ContentType, long ByteSize, byte[] ContentHash, ChunkSettings Settings)
{
    internal const int TitleLengthMax = 500;

    public string Name => Outline.Shorten(NameOf(BlobPath), TitleLengthMax);

    internal static string NameOf(string blobPath) => blobPath[(blobPath.LastIndexOf('/') + 1)..];
}

/// <summary>What <see cref="DocumentStore.ListAsync"/> leaves out; null takes all.</summary>
/// <param name="Text">A part of the title, in any case.</param>
public sealed record DocumentFilter(string? Status = null, string? ContentType = null, string? Text = null);

/// <summary>What came of deleting or retrying a document.</summary>
public enum DocumentChange
{
    Done,
    NotFound,

    /// <summary>The document is not in a state that allows it.</summary>
    Refused,
}
