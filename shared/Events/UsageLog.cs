namespace Assay;

/// <summary>One use of a feature, with what it took.</summary>
/// <param name="Feature">In kebab-case: <c>document-ingest</c>, <c>prompt-analysis</c>, <c>document-search</c>.</param>
/// <param name="Provider">Who computed, such as <c>built-in</c> or <c>openai</c>.</param>
/// <param name="RequestBytes">Size of what came in.</param>
public sealed record Usage(
    string Feature,
    string? Provider = null,
    string? Model = null,
    int? InputTokens = null,
    int? OutputTokens = null,
    int? RequestBytes = null,
    TimeSpan? Elapsed = null,
    string? Error = null);

/// <summary>What was used, for billing and for the daily feature mart.</summary>
public sealed class UsageLog(Database database, OrganizationScope organization)
{
    public Task RecordAsync(Usage usage, CancellationToken cancellation) =>
        database.ExecuteAsync(Insert, Parameters(usage), cancellation);

    /// <summary>For a use that is recorded if and only if its result is.</summary>
    public Task RecordAsync(DatabaseTransaction transaction, Usage usage, CancellationToken cancellation) =>
        transaction.ExecuteAsync(Insert, Parameters(usage), cancellation);

    private const string Insert =
        """
        insert into ops.usage_event (id, organization_id, user_id, feature, provider, model, input_tokens,
            output_tokens, request_size, response_time_ms, status, error)
        values (@Id, @Organization, @UserId, @Feature, @Provider, @Model, @InputTokens, @OutputTokens,
            @RequestBytes, @Milliseconds, @Status, @Error)
        """;

    private object Parameters(Usage usage) => new
    {
        Id = Guid.CreateVersion7(),
        Organization = organization.Id,
        organization.Actor.UserId,
        usage.Feature,
        usage.Provider,
        usage.Model,
        usage.InputTokens,
        usage.OutputTokens,
        usage.RequestBytes,
        Milliseconds = (int?)usage.Elapsed?.TotalMilliseconds,
        Status = usage.Error is null ? "succeeded" : "failed",
        usage.Error,
    };
}
