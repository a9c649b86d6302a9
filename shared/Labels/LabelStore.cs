using Npgsql;

namespace Assay;

/// <summary>Labels of the organization's entities, and the rules for them.</summary>
public sealed class LabelStore(Database database, OrganizationScope scope)
{
    /// <summary>By their names.</summary>
    public Task<IReadOnlyList<EntityLabel>> ListAsync(
        Guid entityId, string? after, int take, CancellationToken cancellation) =>
        database.ListAsync<EntityLabel>(
            $"""
            select {EntityLabel.Columns} from core.entity_label
            where entity_id = @entityId and (@after::text is null or name > @after)
            order by name
            limit @take
            """,
            new { entityId, after, take }, cancellation);

    /// <summary>The version that a label points at; null when there is no such label.</summary>
    public Task<int?> FindVersionAsync(Guid entityId, string name, CancellationToken cancellation) =>
        database.FindAsync<int?>(
            "select version from core.entity_label where entity_id = @entityId and name = @name",
            new { entityId, name }, cancellation);

    /// <summary>Points a label at a version; or asks others, where its rule says so.</summary>
    /// <param name="isAdministrator">Whether whoever acts may move protected ones.</param>
    public async Task<LabelOutcome> MoveAsync(
        Guid entityId, string name, int version, bool isAdministrator, DateTimeOffset now,
        CancellationToken cancellation)
    {
        var rule = await FindRuleAsync(name, cancellation);
        try
        {
            return rule switch
            {
                { NeedsApproval: true } when scope.Actor.UserId is null => new LabelOutcome.NobodyAsks(),
                { NeedsApproval: true } => new LabelOutcome.Requested(
                    await RequestAsync(entityId, name, version, now.AddHours(rule.ApprovalHours), cancellation)),
                not null when !isAdministrator => new LabelOutcome.Protected(),
                _ => new LabelOutcome.Moved((await database.FindAsync<EntityLabel>(
                    Move, Parameters(entityId, name, version), cancellation))!),
            };
        }
        catch (PostgresException refusal) when (refusal.ConstraintName == "entity_label_version_exists")
        {
            return new LabelOutcome.VersionMissing();
        }
        catch (PostgresException refusal) when (refusal.ConstraintName == "label_request_one_pending")
        {
            return new LabelOutcome.Pending();
        }
    }

    /// <summary>False when there is no such label.</summary>
    public Task<bool> TryRemoveAsync(Guid entityId, string name, CancellationToken cancellation) =>
        database.ChangedAsync(
            "delete from core.entity_label where entity_id = @entityId and name = @name", new { entityId, name },
            cancellation);

    /// <summary>By their names.</summary>
    public Task<IReadOnlyList<LabelRule>> ListRulesAsync(string? after, int take, CancellationToken cancellation) =>
        database.ListAsync<LabelRule>(
            $"""
            select {LabelRule.Columns} from core.label_rule
            where @after::text is null or name > @after
            order by name
            limit @take
            """,
            new { after, take }, cancellation);

    /// <summary>Null for a label that anybody may move who may change entities.</summary>
    public Task<LabelRule?> FindRuleAsync(string name, CancellationToken cancellation) =>
        database.FindAsync<LabelRule>(
            $"select {LabelRule.Columns} from core.label_rule where name = @name", new { name }, cancellation);

    /// <summary>Protects a label, or changes how.</summary>
    public async Task<LabelRule> SetRuleAsync(
        string name, bool needsApproval, int approvalHours, CancellationToken cancellation) =>
        (await database.FindAsync<LabelRule>(
            $"""
            insert into core.label_rule (id, organization_id, name, needs_approval, approval_hours)
            values (@id, @Organization, @name, @needsApproval, @approvalHours)
            on conflict (organization_id, name) do update
            set needs_approval = excluded.needs_approval, approval_hours = excluded.approval_hours,
                updated_at = clock_timestamp()
            returning {LabelRule.Columns}
            """,
            new { id = Guid.CreateVersion7(), Organization = scope.Id, name, needsApproval, approvalHours },
            cancellation))!;

    /// <summary>False when there is no rule for the label.</summary>
    public Task<bool> TryRemoveRuleAsync(string name, CancellationToken cancellation) =>
        database.ChangedAsync("delete from core.label_rule where name = @name", new { name }, cancellation);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<LabelRequest>> ListRequestsAsync(
        string? status, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<LabelRequest>(
            $"""
            select {LabelRequest.Columns} from core.label_request
            where (@status::text is null or status = @status) and (@after::uuid is null or id < @after)
            order by id desc
            limit @take
            """,
            new { status, after, take }, cancellation);

    public Task<LabelRequest?> FindRequestAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<LabelRequest>(
            $"select {LabelRequest.Columns} from core.label_request where id = @id", new { id }, cancellation);

    /// <summary>
    /// Decides a pending request, and moves the label with it. Null when it is not pending any more: it is decided, its
    /// time is over, or its entity is deleted.
    /// </summary>
    public Task<LabelRequest?> TryDecideAsync(
        Guid id, bool approve, string? comment, DateTimeOffset now, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var decided = await transaction.FindAsync<LabelRequest>(
                    $"""
                    update core.label_request
                    set status = @status, decided_by = @UserId, comment = @comment, updated_at = clock_timestamp()
                    where id = @id and status = 'pending' and expires_at > @now
                        and exists (select from core.entity e where e.id = entity_id and e.deleted_at is null)
                    returning {LabelRequest.Columns}
                    """,
                    new { id, status = approve ? "approved" : "rejected", scope.Actor.UserId, comment, now },
                    cancellation);
                if (decided is not null && approve)
                    await transaction.ExecuteAsync(
                        Move, Parameters(decided.EntityId, decided.Name, decided.Version), cancellation);
                return decided;
            },
            cancellation);

    private const string Move =
        $"""
        insert into core.entity_label (id, organization_id, entity_id, name, version)
        values (@id, @Organization, @entityId, @name, @version)
        on conflict (entity_id, name) do update set version = excluded.version, updated_at = clock_timestamp()
        returning {EntityLabel.Columns}
        """;

    private object Parameters(Guid entityId, string name, int version) =>
        new { id = Guid.CreateVersion7(), Organization = scope.Id, entityId, name, version };

    private async Task<LabelRequest> RequestAsync(
        Guid entityId, string name, int version, DateTimeOffset expiresAt, CancellationToken cancellation) =>
        (await database.FindAsync<LabelRequest>(
            $"""
            insert into core.label_request (id, organization_id, entity_id, name, version, user_id, expires_at)
            values (@id, @Organization, @entityId, @name, @version, @UserId, @expiresAt)
            returning {LabelRequest.Columns}
            """,
            new
            {
                id = Guid.CreateVersion7(),
                Organization = scope.Id,
                entityId,
                name,
                version,
                scope.Actor.UserId,
                expiresAt,
            },
            cancellation))!;
}
