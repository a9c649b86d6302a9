namespace Assay;

/// <summary>Which suggestions are listed. Null leaves nothing out.</summary>
/// <param name="EntityId">At either end.</param>
public sealed record SuggestionFilter(string? Status, string? Kind, Guid? EntityId, double? ScoreFrom);

/// <summary>Suggestions about the organization's entities, as far as whoever acts sees both ends.</summary>
public sealed class SuggestionStore(Database database, OrganizationScope scope)
{
    /// <summary>Entities that suggestions are looked for: those that changed last.</summary>
    public const int EntitiesMax = 2_000;

    /// <summary>Characters of a text that are looked at.</summary>
    public const int TextMax = 20_000;

    private const int TextsAtOnce = 200;
    private const int RelationshipsMax = 50_000;

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

    /// <summary>
    /// Looks for suggestions about what is not private, and keeps them instead of those that are open. Safe to repeat.
    /// Returns how many there are, those that were decided on before among them.
    /// </summary>
    public async Task<int> RefreshAsync(CancellationToken cancellation)
    {
        var subjects = await database.ListAsync<SuggestionSubject>(
            """
            select id, title from core.entity
            where organization_id = @Organization and deleted_at is null and status <> 'archived'
                and visibility <> 'private'
            order by valid_from desc, id
            limit @EntitiesMax
            """,
            new { Organization = scope.Id, EntitiesMax }, cancellation);
        var finder = new SuggestionFinder(subjects, await RelationshipsAsync(cancellation));
        foreach (var some in subjects.Select(subject => subject.Id).Chunk(TextsAtOnce))
            foreach (var text in await database.ListAsync<Text>(
                """
                select id, left(coalesce(content ->> 'text', content ->> 'introduction', ''), @TextMax) as value
                from core.entity
                where id = any (@some)
                order by id
                """,
                new { some, TextMax }, cancellation))
                finder.Add(text.Id, text.Value);

        var found = finder.Finish();
        await ReplaceAsync(found, cancellation);
        return found.Count;
    }

    private async Task<IEnumerable<(Guid, Guid, string)>> RelationshipsAsync(CancellationToken cancellation) =>
        (await database.ListAsync<Edge>(
            """
            select source_id, target_id, type from core.relationship
            where organization_id = @Organization
            order by id desc
            limit @RelationshipsMax
            """,
            new { Organization = scope.Id, RelationshipsMax }, cancellation))
        .Select(edge => (edge.SourceId, edge.TargetId, edge.Type));

    // What was decided on stays as it is.
    private Task ReplaceAsync(IReadOnlyList<FoundSuggestion> found, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    "select pg_advisory_xact_lock(hashtextextended('core.suggestion:' || @Organization, 0))",
                    new { Organization = $"{scope.Id}" }, cancellation);
                await transaction.ExecuteAsync(
                    """
                    with found as (
                        select * from unnest(@ids, @kinds, @sources, @targets, @types, @scores, @reasons)
                            f (id, kind, source_id, target_id, relationship_type, score, reason)
                    ), gone as (
                        delete from core.suggestion s
                        where s.organization_id = @Organization and s.status = 'open' and not exists (
                            select from found f
                            where (f.kind, f.source_id, f.target_id) = (s.kind, s.source_id, s.target_id))
                    )
                    insert into core.suggestion (id, organization_id, kind, source_id, target_id, relationship_type,
                        score, reason)
                    select id, @Organization, kind, source_id, target_id, relationship_type, score, reason from found
                    on conflict (source_id, target_id, kind) do update
                    set score = excluded.score, reason = excluded.reason
                    where suggestion.status = 'open'
                        and (suggestion.score, suggestion.reason) is distinct from (excluded.score, excluded.reason)
                    """,
                    new
                    {
                        Organization = scope.Id,
                        ids = found.Select(_ => Guid.CreateVersion7()).ToArray(),
                        kinds = found.Select(one => one.Kind).ToArray(),
                        sources = found.Select(one => one.SourceId).ToArray(),
                        targets = found.Select(one => one.TargetId).ToArray(),
                        types = found.Select(one => one.RelationshipType).ToArray(),
                        scores = found.Select(one => one.Score).ToArray(),
                        reasons = found.Select(one => one.Reason).ToArray(),
                    },
                    cancellation);
            },
            cancellation);

    private sealed record Text(Guid Id, string Value);

    private sealed record Edge(Guid SourceId, Guid TargetId, string Type);
}

/// <summary>The organizations that suggestions are looked for at night.</summary>
public sealed class SuggestionBacklog(JobDatabase database)
{
    /// <summary>By their ids, those behind one; the empty one begins.</summary>
    public Task<IReadOnlyList<Guid>> ListOrganizationsAsync(Guid after, int take, CancellationToken cancellation) =>
        database.ListAsync<Guid>(
            """
            select id from ops.organization o
            where deleted_at is null and id > @after
                and exists (select from core.entity e where e.organization_id = o.id and e.deleted_at is null)
            order by id
            limit @take
            """,
            new { after, take }, cancellation);
}
