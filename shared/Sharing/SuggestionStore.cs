namespace Assay;

/// <summary>Which suggestions are listed. Null leaves nothing out.</summary>
/// <param name="EntityId">At either end.</param>
public sealed record SuggestionFilter(string? Status, string? Kind, Guid? EntityId, double? ScoreFrom);

/// <summary>Suggestions about the organization's entities, as far as whoever acts sees both ends.</summary>
public sealed class SuggestionStore(Database database, OrganizationScope scope)
{
    /// <summary>Newest first.</summary>
    /// <param name="after">Those behind this id; null for the first page.</param>
    public Task<IReadOnlyList<Suggestion>> ListAsync(
        SuggestionFilter filter, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<Suggestion>(
            $"""
            select {Suggestion.Columns} from core.suggestion
            where organization_id = @Organization
                {(filter.Status is null ? "" : "and status = @Status")}
                {(filter.Kind is null ? "" : "and kind = @Kind")}
                {(filter.EntityId is null ? "" : "and (source_id = @EntityId or target_id = @EntityId)")}
                {(filter.ScoreFrom is null ? "" : "and score >= @ScoreFrom")}
                and (@after::uuid is null or id < @after)
            order by id desc
            limit @take
            """,
            new
            {
                Organization = scope.Id, filter.Status, filter.Kind, filter.EntityId, filter.ScoreFrom, after, take,
            },
            cancellation);

    public Task<Suggestion?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Suggestion>(
            $"select {Suggestion.Columns} from core.suggestion where id = @id", new { id }, cancellation);

    /// <summary>Null when it is not open.</summary>
    public Task<Suggestion?> TryDecideAsync(Guid id, string status, CancellationToken cancellation) =>
        database.FindAsync<Suggestion>(
            $"""
            update core.suggestion set status = @status, decided_by = @UserId, decided_at = now()
            where id = @id and status = 'open'
            returning {Suggestion.Columns}
            """,
            new { id, status, scope.Actor.UserId }, cancellation);
}

/// <summary>The organizations in which something waits to be looked at.</summary>
public sealed class SuggestionBacklog(JobDatabase database)
{
    /// <summary>By their ids, those behind one; the empty one begins.</summary>
    public Task<IReadOnlyList<Guid>> ListOrganizationsAsync(Guid after, int take, CancellationToken cancellation) =>
        database.ListAsync<Guid>(
            """
            select id from ops.organization o
            where deleted_at is null and id > @after
                and exists (
                    select from core.suggestion_subject s where s.organization_id = o.id and s.due_at is not null)
            order by id
            limit @take
            """,
            new { after, take }, cancellation);
}
