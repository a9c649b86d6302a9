using Npgsql;

namespace Assay;

/// <summary>
/// How the organization's entities relate, as far as whoever acts sees both ends. A relationship is part of its source,
/// and of its target too where it <c>overrides</c> that or is <c>part_of</c> it: it is made, changed and removed by
/// whoever may change these. <c>core.may_relate</c> says so, and policies ask it with every statement.
/// </summary>
public sealed class RelationshipStore(Database database, OrganizationScope scope)
{
    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Relationship>> ListAsync(
        RelationshipFilter filter, Guid? after, int take, CancellationToken cancellation) =>
        database.ListAsync<Relationship>(
            $"""
            select {Relationship.Columns}
            from {(filter.AsOf is null ? "core.relationship" : "core.relationship_history")}
            where organization_id = @Organization
                {(filter.AsOf is null ? "" : "and valid_from <= @AsOf and (valid_to is null or valid_to > @AsOf)")}
                {(filter.SourceId is null ? "" : "and source_id = @SourceId")}
                {(filter.TargetId is null ? "" : "and target_id = @TargetId")}
                {(filter.EntityId is null ? "" : "and (source_id = @EntityId or target_id = @EntityId)")}
                {(filter.Type is null ? "" : "and type = @Type")}
                and (@after::uuid is null or id < @after)
            order by id desc
            limit @take
            """,
            new
            {
                Organization = scope.Id,
                filter.SourceId,
                filter.TargetId,
                filter.EntityId,
                filter.Type,
                filter.AsOf,
                after,
                take,
            },
            cancellation);

    public Task<Relationship?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Relationship>(
            $"select {Relationship.Columns} from core.relationship where id = @id", new { id }, cancellation);

    public async Task<RelationshipOutcome> CreateAsync(NewRelationship wanted, CancellationToken cancellation)
    {
        // What is private to somebody else may not be told from what is not there.
        var seen = await database.ListAsync<Guid>(
            "select id from core.entity where id = any (@ends) and deleted_at is null",
            new { ends = new[] { wanted.SourceId, wanted.TargetId } }, cancellation);
        foreach (var end in new[] { wanted.SourceId, wanted.TargetId })
            if (!seen.Contains(end))
                return new RelationshipOutcome.EndMissing(end);

        try
        {
            return new RelationshipOutcome.Made((await database.FindAsync<Relationship>(
                $"""
                insert into core.relationship (id, organization_id, source_id, target_id, type, strength, description,
                    metadata)
                values (@id, @Organization, @SourceId, @TargetId, @Type, @Strength, @Description, @Metadata)
                returning {Relationship.Columns}
                """,
                new
                {
                    id = Guid.CreateVersion7(),
                    Organization = scope.Id,
                    wanted.SourceId,
                    wanted.TargetId,
                    wanted.Type,
                    wanted.Strength,
                    wanted.Description,
                    wanted.Metadata,
                },
                cancellation))!);
        }
        catch (PostgresException refusal) when (refusal.ConstraintName == "relationship_once")
        {
            return new RelationshipOutcome.Exists();
        }
        catch (PostgresException refusal) when (refusal.ConstraintName == "relationship_no_cycle")
        {
            return new RelationshipOutcome.Cycle();
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return new RelationshipOutcome.NotAllowed();
        }
        // It was deleted since it was looked for.
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            return new RelationshipOutcome.EndMissing(wanted.TargetId);
        }
    }

    /// <summary>Whether whoever acts may change or remove it.</summary>
    public Task<bool> MayChangeAsync(Relationship known, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select core.may_relate(@SourceId, @TargetId, @Type)", new { known.SourceId, known.TargetId, known.Type },
            cancellation);

    /// <summary>Null when somebody changed it after <paramref name="known"/> was read.</summary>
    public Task<Relationship?> TryChangeAsync(
        Relationship known, NewRelationship wanted, CancellationToken cancellation) =>
        database.FindAsync<Relationship>(
            $"""
            update core.relationship
            set strength = @Strength, description = @Description, metadata = @Metadata
            where id = @Id and version = @Version
            returning {Relationship.Columns}
            """,
            new { known.Id, known.Version, wanted.Strength, wanted.Description, wanted.Metadata }, cancellation);

    /// <summary>False when somebody changed it after <paramref name="known"/> was read.</summary>
    public Task<bool> TryDeleteAsync(Relationship known, CancellationToken cancellation) =>
        database.ChangedAsync(
            "delete from core.relationship where id = @Id and version = @Version", new { known.Id, known.Version },
            cancellation);
}
