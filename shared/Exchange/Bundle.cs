using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>Which entities a bundle holds. Null leaves nothing out.</summary>
/// <param name="Tags">All of them.</param>
public sealed record BundleFilter(string? Type = null, string[]? Tags = null, Guid[]? Ids = null);

/// <summary>
/// Reads what whoever acts sees of an organization's entities as lines: entities by id, each with all its versions,
/// also deleted ones; relationships between them, also those that were removed; and labels. The same state gives the
/// same lines in the same order.
/// </summary>
public sealed class BundleReader(Database database, OrganizationScope scope)
{
    /// <summary>Hands every line to <paramref name="write"/>, one after the other, all of one moment.</summary>
    public Task ReadAsync(BundleFilter filter, Func<object, Task> write, CancellationToken cancellation) =>
        database.InSnapshotAsync(
            async transaction =>
            {
                await write(BundleHeader.Present);
                await foreach (var line in LinesAsync(transaction, filter, cancellation))
                    await write(line);
            },
            cancellation);

    private async IAsyncEnumerable<object> LinesAsync(
        DatabaseTransaction transaction, BundleFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var parameters = new { Organization = scope.Id, filter.Type, filter.Tags, filter.Ids };
        await foreach (var line in transaction.StreamAsync<EntityLine>(
            $"""
            select 'entity' as kind, id, type, title, content, description, status, visibility, content_schema, tags,
                metadata, note, version, valid_from, valid_to, created_at, deleted_at
            from core.entity_history
            where organization_id = @Organization and id in ({Selected(filter)})
            order by id, version
            """,
            parameters, cancellation))
            yield return line;

        await foreach (var line in transaction.StreamAsync<RelationshipLine>(
            $"""
            select 'relationship' as kind, id, source_id, target_id, type, strength, description, metadata, version,
                valid_from, valid_to, created_at
            from core.relationship_history
            where organization_id = @Organization
                and source_id in ({Selected(filter)}) and target_id in ({Selected(filter)})
            order by id, version
            """,
            parameters, cancellation))
            yield return line;

        await foreach (var line in transaction.StreamAsync<LabelLine>(
            $"""
            select 'label' as kind, entity_id, name, version from core.entity_label
            where organization_id = @Organization and entity_id in ({Selected(filter)})
            order by entity_id, name
            """,
            parameters, cancellation))
            yield return line;
    }

    private static string Selected(BundleFilter filter) =>
        $"""
        select e.id from core.entity e
        where e.organization_id = @Organization
            {(filter.Type is null ? "" : "and e.type = @Type")}
            {(filter.Tags is null ? "" : "and e.tags @> @Tags")}
            {(filter.Ids is null ? "" : "and e.id = any (@Ids)")}
        """;
}
