using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>Limits of ingestion; section <c>Assay:Documents</c>.</summary>
public sealed class DocumentOptions
{
    public const string Section = "Assay:Documents";

    /// <summary>The largest file that is accepted. It is held in memory, as text, while it is ingested.</summary>
    [Range(1, 100_000_000)]
    public int BytesMax { get; set; } = 32 * 1024 * 1024;
}
