using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The techniques and the intents, which come with the migrations.</summary>
public sealed class TechniqueCatalog(Database database)
{
    /// <summary>In their order, the simplest first.</summary>
    /// <param name="after">The key that the page before ended with; null for the first page.</param>
    public async Task<IReadOnlyList<Technique>> ListTechniquesAsync(
        string? after, int take, CancellationToken cancellation)
    {
        var rows = await database.ListAsync<TechniqueRow>(
            """
            select t.key, t.title, t.description, t.when_to_use, t.template, t.reference,
                array(select i.key::text from core.intent i where t.key = any (i.techniques) order by i.sort_order)
                    as intents
            from core.technique t
            where @after::text is null
                or (t.sort_order, t.key) > (select a.sort_order, a.key from core.technique a where a.key = @after)
            order by t.sort_order, t.key
            limit @take
            """,
            new { after, take }, cancellation);
        return [.. rows.Select(row => row.ToTechnique())];
    }

    /// <summary>In their order.</summary>
    /// <param name="after">The key that the page before ended with; null for the first page.</param>
    public async Task<IReadOnlyList<Intent>> ListIntentsAsync(
        string? after, int take, CancellationToken cancellation)
    {
        var rows = await database.ListAsync<IntentRow>(
            """
            select key, title, description, patterns, keywords, techniques, updated_at
            from core.intent
            where @after::text is null
                or (sort_order, key) > (select a.sort_order, a.key from core.intent a where a.key = @after)
            order by sort_order, key
            limit @take
            """,
            new { after, take }, cancellation);
        return [.. rows.Select(row => row.ToIntent())];
    }

    /// <summary>All of them.</summary>
    public Task<IReadOnlyList<Intent>> ListIntentsAsync(CancellationToken cancellation) =>
        ListIntentsAsync(null, int.MaxValue, cancellation);

    private sealed record TechniqueRow(
        string Key, string Title, string Description, string WhenToUse, string Template, JsonObject Reference,
        string[] Intents)
    {
        public Technique ToTechnique() => new(
            Key, Title, Description, WhenToUse, Template,
            Reference.Deserialize<TechniqueReference>(JsonSerializerOptions.Web)!, Intents);
    }

    private sealed record IntentRow(
        string Key, string Title, string Description, string[] Patterns, string[] Keywords, string[] Techniques,
        DateTimeOffset UpdatedAt)
    {
        public Intent ToIntent() => new(Key, Title, Description, Patterns, Keywords, Techniques, UpdatedAt);
    }
}
