namespace Assay;

/// <summary>Analyses of all organizations that are still pending although their orchestration should have begun.</summary>
public sealed class StaleAnalyses(JobDatabase database)
{
    private const int BatchSize = 200;

    public Task<IReadOnlyList<StaleAnalysis>> ListAsync(DateTimeOffset createdBefore, CancellationToken cancellation) =>
        database.ListAsync<StaleAnalysis>(
            """
            select id, organization_id
            from core.analysis_result
            where status = 'pending' and created_at < @createdBefore
            order by created_at
            limit @BatchSize
            """,
            new { createdBefore, BatchSize }, cancellation);
}
