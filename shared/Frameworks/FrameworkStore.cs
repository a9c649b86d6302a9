using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>The built-in frameworks, which come with the migrations, and the organization's own.</summary>
public sealed class FrameworkStore(Database database, OrganizationScope scope)
{
    private const string Columns =
        """
        id, name, title, description, when_to_use, components, template, examples, intents, sort_order, is_enabled,
        organization_id is null as is_built_in, version, created_at, updated_at
        """;

    private static readonly JsonSerializerOptions Stored = new(JsonSerializerOptions.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>By sort order and name.</summary>
    /// <param name="enabled">Only those that are, or are not; null takes all.</param>
    /// <param name="after">What the page before ended with; null for the first page.</param>
    public async Task<IReadOnlyList<Framework>> ListAsync(
        bool? enabled, (int SortOrder, string Name)? after, int take, CancellationToken cancellation)
    {
        var rows = await database.ListAsync<Row>(
            $"""
            select {Columns} from core.framework
            where (@enabled::boolean is null or is_enabled = @enabled)
                and (@Name::text is null or (sort_order, name) > (@SortOrder, @Name))
            order by sort_order, name
            limit @take
            """,
            new { enabled, SortOrder = after?.SortOrder ?? 0, after?.Name, take }, cancellation);
        return [.. rows.Select(row => row.ToFramework())];
    }

    /// <summary>Null when there is none.</summary>
    /// <param name="reference">A name, or an id.</param>
    public async Task<Framework?> FindAsync(string reference, CancellationToken cancellation)
    {
        // An organization may have had a name before a framework of that name was built in.
        var row = await database.FindAsync<Row>(
            $"""
            select {Columns} from core.framework
            where {(Guid.TryParse(reference, out var id) ? "id = @id" : "name = @reference")}
            order by organization_id nulls last
            limit 1
            """,
            new { id, reference }, cancellation);
        return row?.ToFramework();
    }

    /// <summary>Those of the names that there are frameworks of, enabled or not.</summary>
    public Task<IReadOnlyList<string>> ListKnownAsync(string[] names, CancellationToken cancellation) =>
        database.ListAsync<string>(
            "select distinct name from core.framework where name = any (@names)", new { names }, cancellation);

    /// <summary>Null when the name is taken, by a built-in one or by one of the organization's.</summary>
    public async Task<Framework?> TryAddAsync(FrameworkDefinition wanted, CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            $"""
            insert into core.framework (id, organization_id, name, title, description, when_to_use, components,
                template, examples, intents, sort_order, is_enabled)
            select @id, @Organization, @Name, @Title, @Description, @WhenToUse, @Components, @Template, @Examples,
                @Intents, @SortOrder, @IsEnabled
            where not exists (select from core.framework where name = @Name)
            on conflict (organization_id, name) do nothing
            returning {Columns}
            """,
            Parameters(wanted, Guid.CreateVersion7()), cancellation);
        return row?.ToFramework();
    }

    /// <summary>Changes all but the name. Null when it is no longer as it was known, or built in.</summary>
    public async Task<Framework?> TryChangeAsync(
        Framework known, FrameworkDefinition wanted, CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            $"""
            update core.framework
            set title = @Title, description = @Description, when_to_use = @WhenToUse, components = @Components,
                template = @Template, examples = @Examples, intents = @Intents, sort_order = @SortOrder,
                is_enabled = @IsEnabled, version = version + 1, updated_at = now()
            where id = @id and version = @version
            returning {Columns}
            """,
            Parameters(wanted, known.Id, known.Version), cancellation);
        return row?.ToFramework();
    }

    /// <summary>False when it is no longer as it was known, or built in.</summary>
    public Task<bool> TryDeleteAsync(Framework known, CancellationToken cancellation) =>
        database.ChangedAsync(
            "delete from core.framework where id = @Id and version = @Version", new { known.Id, known.Version },
            cancellation);

    private object Parameters(FrameworkDefinition wanted, Guid id, int version = 1) => new
    {
        id,
        version,
        Organization = scope.Id,
        wanted.Name,
        wanted.Title,
        wanted.Description,
        wanted.WhenToUse,
        Components = Array(wanted.Components),
        wanted.Template,
        Examples = Array(wanted.Examples ?? []),
        Intents = (wanted.Intents ?? []).Distinct().ToArray(),
        wanted.SortOrder,
        wanted.IsEnabled,
    };

    private static JsonArray Array<T>(IReadOnlyList<T> items) =>
        (JsonArray)JsonSerializer.SerializeToNode(items, Stored)!;

    private sealed record Row(
        Guid Id, string Name, string Title, string Description, string WhenToUse, JsonArray Components, string Template,
        JsonArray Examples, string[] Intents, int SortOrder, bool IsEnabled, bool IsBuiltIn, int Version,
        DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
    {
        public Framework ToFramework() => new(
            Id, Name, Title, Description, WhenToUse,
            Components.Deserialize<IReadOnlyList<FrameworkComponent>>(Stored)!, Template,
            Examples.Deserialize<IReadOnlyList<FrameworkExample>>(Stored)!, Intents, SortOrder, IsEnabled, IsBuiltIn,
            Version, CreatedAt, UpdatedAt);
    }
}
