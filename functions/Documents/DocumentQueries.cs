using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Assay;

/// <param name="Status">In this state only.</param>
/// <param name="ContentType">Of this content type only, such as <c>application/pdf</c>.</param>
/// <param name="Q">A part of the title, in any case.</param>
public sealed record DocumentListQuery(
    [AllowedValues(
        DocumentStatus.Pending, DocumentStatus.Processing, DocumentStatus.Completed, DocumentStatus.Failed)]
    string? Status,
    [MaxLength(100)] string? ContentType,
    [MaxLength(200)] string? Q) : PageQuery
{
    public DocumentFilter ToFilter() => new(Status, ContentType, Q);
}

/// <summary>Chunks are in the order of the text, and their cursor is an index.</summary>
public sealed record ChunkListQuery : PageQuery
{
    internal int? AfterIndex => Page().After is [var index] ? Index(index) : null;

    protected override bool IsKey(string[] key) => key is [var index] && Index(index) is not null;

    private static int? Index(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}
