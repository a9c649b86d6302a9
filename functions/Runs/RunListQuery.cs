using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <param name="Kind">Of this kind only, such as <c>ingest-document</c>.</param>
/// <param name="Status">In this state only.</param>
/// <param name="SubjectId">Working on this document or analysis only.</param>
public sealed record RunListQuery(
    [MaxLength(64)] string? Kind,
    [AllowedValues(RunStatus.Queued, RunStatus.Running, RunStatus.Succeeded, RunStatus.Failed, RunStatus.Cancelled)]
    string? Status,
    Guid? SubjectId) : PageQuery
{
    public RunFilter ToFilter() => new(Kind, Status, SubjectId);
}
