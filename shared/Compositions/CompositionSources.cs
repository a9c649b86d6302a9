using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Reads what a composition is made of.</summary>
public sealed class CompositionSources(Database database, OrganizationScope scope)
{
    /// <summary>The most entities that one composition is made of.</summary>
    public const int PartsMax = 1000;

    /// <summary>The most relationships between them.</summary>
    public const int EdgesMax = 10_000;

    /// <summary>
    /// An entity and all that it depends on, as far as whoever acts sees it. There are no parts without the entity.
    /// </summary>
    /// <param name="asOf">As everything was then; null is now.</param>
    /// <param name="label">
    /// Of now, each in the version that this label points at; in the present one where there is no such label.
    /// Relationships have no versions that labels point at: they are those of now.
    /// </param>
    /// <param name="bytesMax">The most bytes of their contents' JSON.</param>
    public async Task<CompositionMaterial> ReadAsync(
        Guid root, DateTimeOffset? asOf, string? label, int bytesMax, CancellationToken cancellation)
    {
        var relationships = asOf is null ? "core.relationship" : "core.relationship_history";
        // The present version of what is labeled is not among the older ones.
        var entities = asOf is null
            ? """
            select e.id, e.type, coalesce(v.title, e.title) as title, coalesce(v.version, e.version) as version,
                coalesce(v.content, e.content) as content, l.name as label
            from part
            join core.entity e on e.id = part.id and e.deleted_at is null
            left join core.entity_label l on l.entity_id = e.id and l.name = @label
            left join core.entity_version v
                on v.organization_id = e.organization_id and v.entity_id = e.id and v.version = l.version
            """
            : $"""
            select e.id, e.type, e.title, e.version, e.content, null::varchar as label from part
            join core.entity_history e on e.id = part.id and e.deleted_at is null {During("e")}
            """;
        var rows = await database.ListAsync<Row>(
            $"""
            with recursive part (id) as (
                select @root
                union
                select r.target_id from part
                join {relationships} r on r.organization_id = @Organization and r.source_id = part.id
                    and r.type = 'depends_on' {During("r")}
            ), found as materialized ({entities} limit @Most), size as (
                select sum(octet_length(content::text)) as bytes from found
            )
            select id, type, title, version, case when bytes <= @bytesMax then content end as content, label
            from found, size
            """,
            new { Organization = scope.Id, root, asOf, label, bytesMax, Most = PartsMax + 1 }, cancellation);
        if (rows.FirstOrDefault(row => row.Id == root) is not { } first)
            return new([], [], null);
        if (rows.Count > PartsMax)
            return new([Part(first)], [], $"It depends on more than {PartsMax:N0} entities.");
        if (first.Content is null)
            return new([Part(first)], [], $"The contents that it is made of have more than {bytesMax:N0} bytes.");

        var edges = await database.ListAsync<CompositionEdge>(
            $"""
            select source_id, target_id, type, description from {relationships} r
            where source_id = any (@ids) and target_id = any (@ids)
                and type in ('depends_on', 'overrides', 'conflicts_with') {During("r")}
            order by id
            limit @Most
            """,
            new { ids = rows.Select(row => row.Id).ToArray(), asOf, Most = EdgesMax + 1 }, cancellation);
        return new(
            [.. rows.Select(Part)], edges,
            edges.Count > EdgesMax ? $"There are more than {EdgesMax:N0} relationships in what it is made of." : null);

        string During(string row) => asOf is null
            ? ""
            : $"and {row}.valid_from <= @asOf and ({row}.valid_to is null or {row}.valid_to > @asOf)";
    }

    private static CompositionPart Part(Row row)
    {
        var content = row.Content ?? [];
        var text = (string?)(content["text"] ?? content["introduction"]) ?? "";
        var variables = content["variables"].Deserialize<Variable[]>(EntityJson.Options) ?? [];
        var isContext = row.Type == EntityType.Context.Name;
        return new(
            row.Id, row.Type, row.Title, row.Version, row.Label, text, variables,
            isContext ? (int?)content["priority"] ?? new ContextContent("").Priority : null,
            isContext ? (int?)content["tokenBudget"] : null);
    }

    private sealed record Row(Guid Id, string Type, string Title, int Version, JsonObject? Content, string? Label);
}

/// <summary>What a composition is made of.</summary>
/// <param name="TooMuch">Why nothing is composed of it; the root is the only part then. Null when something is.</param>
public sealed record CompositionMaterial(
    IReadOnlyList<CompositionPart> Parts, IReadOnlyList<CompositionEdge> Edges, string? TooMuch);
