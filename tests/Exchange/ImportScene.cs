using System.Net;
using System.Text.Json;

namespace Assay;

/// <summary>Who imports, as seen from the owner of what is here already.</summary>
public enum Importer
{
    Owner,
    Member,
    ViewHolder,
    EditHolder,
    Admin,
}

/// <summary>An organization where somebody has entities, and somebody imports. Each call makes others.</summary>
public sealed class ImportScene
{
    private readonly List<Guid> related = [];
    private readonly AssayApp app;
    private readonly HttpClient owner;
    private readonly (Guid Id, string Permission)? share;
    private readonly bool changesHidden;

    private ImportScene(
        AssayApp app, HttpClient owner, HttpClient client, (Guid Id, string Permission)? share, bool changesHidden)
    {
        (this.app, this.owner, Client, this.share, this.changesHidden) = (app, owner, client, share, changesHidden);
    }

    /// <summary>Whoever imports.</summary>
    public HttpClient Client { get; }

    public static async Task<ImportScene> CreateAsync(AssayApp app, Importer importer)
    {
        var organization = await app.Database.AddOrganizationAsync();
        var owner = await app.ClientOfAsync(organization, Role.Member);
        await app.Database.ExecuteAsync(
            $"""
            insert into core.label_rule (organization_id, name, needs_approval)
            values ('{organization}', 'guarded', false), ('{organization}', 'approved', true)
            """);
        var id = await app.Database.AddMemberAsync(
            organization, importer == Importer.Admin ? Role.Admin : Role.Member);
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", await app.Database.AddKeyAsync(organization, id));
        return new(
            app, owner, importer == Importer.Owner ? owner : client,
            importer switch
            {
                Importer.ViewHolder => (id, "view"),
                Importer.EditHolder => (id, "edit"),
                _ => null,
            },
            importer is Importer.Owner or Importer.EditHolder);
    }

    /// <summary>What every member sees.</summary>
    public Task<Entity> OpenAsync() => owner.AddPromptAsync("Here");

    /// <summary>Private to its owner, and shared with whoever imports if they hold a share.</summary>
    public async Task<Entity> HiddenAsync()
    {
        var hidden = await owner.AddAsync(
            "prompts", new { title = "Here", content = new { text = "a" }, visibility = "private" });
        if (share is var (id, permission))
            await owner.PostAsync($"/api/prompts/{hidden.Id}/shares", EntityClient.Json(
                new { grantee = "user", userId = id, permission }));
        return hidden;
    }

    /// <summary>Of two versions, to one of which a label points.</summary>
    public async Task<Entity> LabeledAsync(string label, int version = 1)
    {
        var prompt = await OpenAsync();
        await owner.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Here still" });
        await app.Database.ExecuteAsync(
            $"""
            insert into core.entity_label (organization_id, entity_id, name, version)
            select organization_id, id, '{label}', {version} from core.entity where id = '{prompt.Id}'
            """);
        return prompt;
    }

    /// <summary>Somebody has asked to move a label to its first version.</summary>
    public async Task<Entity> RequestedAsync(string label)
    {
        var prompt = await OpenAsync();
        await (await owner.SendAsync(
            HttpMethod.Put, $"/api/prompts/{prompt.Id}/labels/{label}", new { version = 1 }))
            .ReadAsync<LabelRequest>(HttpStatusCode.Accepted);
        return prompt;
    }

    /// <summary>What something private depends on.</summary>
    public async Task<Relationship> RelatedAsync()
    {
        var (source, target) = (await HiddenAsync(), await OpenAsync());
        var made = await (await owner.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = source.Id, targetId = target.Id, type = "depends_on" })))
            .ReadAsync<Relationship>(HttpStatusCode.Created);
        related.Add(made.Id);
        return made;
    }

    public Task<string> NewAsync() => Task.FromResult(Line(new
    {
        kind = "entity", id = Guid.NewGuid(), type = "prompt", title = "New", content = new { text = "a" },
    }));

    public string Prompt(Entity entity, string visibility = "organization") => Line(new
    {
        kind = "entity", id = entity.Id, type = "prompt", title = "Taken", content = new { text = "b" }, visibility,
    });

    public string Label(Entity entity, string name) =>
        Line(new { kind = "label", entityId = entity.Id, name, version = 1 });

    public string Relation(Relationship known) => Line(new
    {
        kind = "relationship", id = known.Id, sourceId = known.SourceId, targetId = known.TargetId, type = known.Type,
        strength = 0.5,
    });

    public string Relation(Entity source, Entity target, string type = "depends_on", Guid? id = null) => Line(new
    {
        kind = "relationship", id = id ?? Guid.NewGuid(), sourceId = source.Id, targetId = target.Id, type,
    });

    /// <summary>Of what <see cref="RelatedAsync"/> made, as it is now.</summary>
    public async Task<IReadOnlyList<double>> StrengthsAsync()
    {
        var strengths = new List<double>();
        foreach (var id in related)
            strengths.Add((await owner.GetAsync<Relationship>($"/api/relationships/{id}")).Strength);
        return strengths;
    }

    /// <summary>The same as it should be: two were imported, and one had its id used.</summary>
    public Task<double[]> ExpectedStrengthsAsync() =>
        Task.FromResult<double[]>(changesHidden ? [0.5, 1, 0.5] : [1, 1, 1]);

    private static string Line(object line) => JsonSerializer.Serialize(line, Json.Options);
}
