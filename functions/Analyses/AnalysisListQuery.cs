using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <param name="MinScore">With at least this overall score.</param>
/// <param name="Language">In this detected language, an ISO 639-1 code.</param>
/// <param name="Status">In this state only.</param>
/// <param name="DocumentId">Of this document only.</param>
/// <param name="EntityId">Of this saved prompt only, in whatever version.</param>
/// <param name="CreatedFrom">Created at this time or later.</param>
/// <param name="CreatedTo">Created before this time.</param>
public sealed record AnalysisListQuery(
    [Range(0.0, 10.0)] double? MinScore,
    [MaxLength(10)] string? Language,
    [AllowedValues(AnalysisStatus.Pending, AnalysisStatus.Completed, AnalysisStatus.Failed)] string? Status,
    Guid? DocumentId,
    Guid? EntityId,
    DateTimeOffset? CreatedFrom,
    DateTimeOffset? CreatedTo) : PageQuery
{
    public AnalysisFilter ToFilter() => new(MinScore, Language, Status, DocumentId, EntityId, CreatedFrom, CreatedTo);
}
