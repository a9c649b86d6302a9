using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Reads what a composition is made of.</summary>
public sealed class CompositionSources(Database database, OrganizationScope scope)
{
    /// <summary>The most entities that one composition is made of.</summary>
    public const int PartsMax = 1000;

    /// <summary>
    /// An entity and all that it depends on, as far as whoever acts sees it. There is one part too many when there are
    /// more than <see cref="PartsMax"/>, and none without the entity.
    /// </summary>
    /// <param name="asOf">As everything was then; null is now.</param>
    /// <param name="label">
    /// Of now, each in the version that this label points at; in the present one where there is no such label.
    /// Relationships have no versions that labels point at: they are those of now.
    /// </param>
    public async Task<(IReadOnlyList<CompositionPart> Parts, IReadOnlyList<CompositionEdge> Edges)> ReadAsync(
        Guid root, DateTimeOffset? asOf, string? label, CancellationToken cancellation)
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
            )
            {entities}
            limit @Most
            """,
            new { Organization = scope.Id, root, asOf, label, Most = PartsMax + 1 }, cancellation);
        if (rows.All(row => row.Id != root))
            return ([], []);

        var edges = await database.ListAsync<CompositionEdge>(
            $"""
            select source_id, target_id, type, description from {relationships} r
            where source_id = any (@ids) and target_id = any (@ids)
                and type in ('depends_on', 'overrides', 'conflicts_with') {During("r")}
            order by id
            """,
            new { ids = rows.Select(row => row.Id).ToArray(), asOf }, cancellation);
        return ([.. rows.Select(Part)], edges);

        string During(string row) => asOf is null
            ? ""
            : $"and {row}.valid_from <= @asOf and ({row}.valid_to is null or {row}.valid_to > @asOf)";
    }

    private static CompositionPart Part(Row row)
    {
        var text = (string?)(row.Content["text"] ?? row.Content["introduction"]) ?? "";
        var variables = row.Content["variables"].Deserialize<Variable[]>(EntityJson.Options) ?? [];
        var isContext = row.Type == EntityType.Context.Name;
        return new(
            row.Id, row.Type, row.Title, row.Version, row.Label, text, variables,
            isContext ? (int?)row.Content["priority"] ?? new ContextContent("").Priority : null,
            isContext ? (int?)row.Content["tokenBudget"] : null);
    }

    private sealed record Row(Guid Id, string Type, string Title, int Version, JsonObject Content, string? Label);
}
