namespace Assay;

/// <summary>What can be reached from an entity by its relationships.</summary>
/// <param name="Nodes">Each once, the nearest first; the entity itself is the first.</param>
/// <param name="Edges">Between the nodes.</param>
/// <param name="Truncated">Whether there is more than is shown.</param>
public sealed record EntityGraph(
    Guid RootId, IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges, bool Truncated)
{
    /// <summary>The most nodes of a graph.</summary>
    public const int NodesMax = 10_000;

    /// <summary>The most edges of a graph.</summary>
    public const int EdgesMax = 50_000;

    public static EntityGraph Example => new(
        Entity.Example.Id,
        [
            new(Entity.Example.Id, "prompt", "Answer a support question", "active", 3, 0),
            new(Relationship.Example.TargetId, "context", "The bookshop", "active", 1, 1),
        ],
        [new(Relationship.Example.Id, Entity.Example.Id, Relationship.Example.TargetId, "depends_on", 1)],
        false);
}

/// <param name="Depth">How many relationships away it is.</param>
public sealed record GraphNode(Guid Id, string Type, string Title, string Status, int Version, int Depth);

public sealed record GraphEdge(Guid Id, Guid SourceId, Guid TargetId, string Type, double Strength);

public enum GraphDirection
{
    /// <summary>From sources to targets: what it depends on.</summary>
    Out,

    /// <summary>From targets to sources: what depends on it.</summary>
    In,

    Both,
}

/// <summary>Walks relationships.</summary>
public sealed class EntityGraphs(Database database, OrganizationScope scope)
{
    /// <param name="types">Of the relationships to walk along; null is all.</param>
    /// <param name="asOf">As everything was then; null is now.</param>
    /// <returns>Null when there is no such entity.</returns>
    public async Task<EntityGraph?> FindAsync(
        Guid root, int depth, string[]? types, GraphDirection direction, DateTimeOffset? asOf,
        CancellationToken cancellation)
    {
        var (entities, relationships, during) = asOf is null
            ? ("core.entity", "core.relationship", "")
            : ("core.entity_history", "core.relationship_history",
                "and valid_from <= @asOf and (valid_to is null or valid_to > @asOf)");
        // Breadth first, a level a row: it holds the level's nodes and all before, so that none is met twice.
        var nodes = await database.ListAsync<GraphNode>(
            $"""
            with recursive walk (depth, frontier, known) as (
                select 0, array[id], array[id] from {entities}
                where id = @root and deleted_at is null {during}
                union all
                select walk.depth + 1, next.ids, walk.known || next.ids
                from walk
                cross join lateral core.{(asOf is null ? "neighbors" : "neighbors_at")}(
                    walk.frontier, walk.known, @types, @outward, @inward,
                    @Most - cardinality(walk.known){(asOf is null ? "" : ", @asOf")}) next (ids)
                where walk.depth < @depth and next.ids is not null
            )
            select id, type, title, status, version, walk.depth
            from walk
            cross join unnest(walk.frontier) node (node_id)
            join {entities} on organization_id = @Organization and id = node.node_id {during}
            order by walk.depth, id
            """,
            new
            {
                Organization = scope.Id,
                root,
                depth,
                types,
                outward = direction is not GraphDirection.In,
                inward = direction is not GraphDirection.Out,
                asOf,
                Most = EntityGraph.NodesMax + 1,
            },
            cancellation);
        if (nodes.Count == 0)
            return null;

        var shown = nodes.Take(EntityGraph.NodesMax).ToList();
        var edges = await database.ListAsync<GraphEdge>(
            $"""
            select id, source_id, target_id, type, strength from {relationships}
            where organization_id = @Organization and source_id = any (@ids) and target_id = any (@ids)
                and (@types::text[] is null or type = any (@types)) {during}
            order by id
            limit @EdgesMost
            """,
            new
            {
                Organization = scope.Id,
                ids = shown.Select(node => node.Id).ToArray(),
                types,
                asOf,
                EdgesMost = EntityGraph.EdgesMax + 1,
            },
            cancellation);
        return new(
            root, shown, [.. edges.Take(EntityGraph.EdgesMax)],
            nodes.Count > shown.Count || edges.Count > EntityGraph.EdgesMax);
    }
}
