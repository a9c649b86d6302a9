using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>An organization that has one of everything, to be looked for by others.</summary>
internal sealed class Tenant
{
    private readonly Dictionary<string, Guid> ids = [];

    private Tenant(Guid id, HttpClient owner) => (Id, Owner) = (id, owner);

    public Guid Id { get; }

    public HttpClient Owner { get; }

    /// <summary>A word that is in whatever has a text, and nowhere else.</summary>
    public string Mark { get; } = $"mark{Guid.NewGuid():n}";

    /// <summary>What the parameters of a route stand for, by the route up to the parameter's name.</summary>
    public IReadOnlyDictionary<string, Guid> Ids => ids;

    public static async Task<Tenant> CreateAsync(AssayApp app)
    {
        var id = await app.Database.AddOrganizationAsync();
        var tenant = new Tenant(id, await app.ClientOfAsync(id, Role.Owner));
        await tenant.WorkAsync(app);
        await tenant.ManageAsync(app);
        await tenant.FillAsync(app.Database);
        return tenant;
    }

    private async Task WorkAsync(AssayApp app)
    {
        var document = await SendAsync(
            $"/api/documents?name={Mark}.txt", new StringContent($"A document about {Mark}."), "id");
        var analysis = await SendAsync(
            "/api/analyses", Json(new { text = $"Write about {Mark}.", name = Mark }), "runId");
        ids["documents/{id}"] = document;
        foreach (var type in EntityType.All)
            ids[$"{type.Door}/{{id}}"] = await AddEntityAsync(type);
        ids["entities/{id}"] = ids["prompts/{id}"];
        ids["relationships/{id}"] = await SendAsync(
            "/api/relationships",
            Json(new { sourceId = ids["prompts/{id}"], targetId = ids["contexts/{id}"], type = "depends_on" }), "id");
        await PatchAsync($"/api/relationships/{ids["relationships/{id}"]}", new { description = Mark });
        (await Owner.PutAsync($"/api/prompts/{ids["prompts/{id}"]}/favorite", null)).EnsureSuccessStatusCode();
        ids["shares/{id}"] = await SendAsync(
            $"/api/prompts/{ids["prompts/{id}"]}/shares", Json(new { grantee = "link" }), "share", "id");
        ids["comments/{id}"] = await SendAsync(
            $"/api/prompts/{ids["prompts/{id}"]}/comments", Json(new { text = Mark }), "id");
        var framework = JsonSerializer.SerializeToNode(FrameworkDefinition.Example, Assay.Json.Options)!;
        framework["description"] = Mark;
        ids["frameworks/{name}"] = await SendAsync("/api/frameworks", Json(framework), "id");
        await AddLabelsAsync();
        ids["analyses/{id}"] = analysis;
        ids["runs/{id}"] = analysis;
        await Eventually.TrueAsync(
            async () => await app.Database.ValueAsync<long>(
                $"""
                select count(*) from ops.workflow_run where organization_id = '{Id}' and status = 'succeeded'
                """) == 2,
            TimeSpan.FromSeconds(60), () => "The work did not end.");
    }

    // In its second version, so that there is a first one, too.
    private async Task<Guid> AddEntityAsync(EntityType type)
    {
        var content = SchemaExamples.Of(type.Content);
        var id = await SendAsync($"/api/{type.Door}", Json(new { title = Mark, content, tags = new[] { Mark } }), "id");
        await PatchAsync($"/api/{type.Door}/{id}", new { description = Mark });
        return id;
    }

    // Names are ids here, as those of all that routes are asked for.
    private async Task AddLabelsAsync()
    {
        var name = Guid.NewGuid();
        foreach (var door in Doors.Names)
        {
            ids[$"{door}/{{id}}/labels/{{name}}"] = name;
            (await Owner.PutAsync($"/api/{door}/{ids[$"{door}/{{id}}"]}/labels/{name}", Json(new { version = 1 })))
                .EnsureSuccessStatusCode();
        }
        (await Owner.PutAsync($"/api/label-rules/{name}", Json(new { needsApproval = true })))
            .EnsureSuccessStatusCode();
        var answer = await Owner.PutAsync(
            $"/api/prompts/{ids["prompts/{id}"]}/labels/{name}", Json(new { version = 2 }));
        ids["label-requests/{id}"] = (Guid)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
    }

    private async Task PatchAsync(string path, object body)
    {
        using var patch = new HttpRequestMessage(HttpMethod.Patch, path)
        {
            Content = Json(body),
            Headers = { { "If-Match", "*" } },
        };
        patch.Content.Headers.ContentType = new(MergePatch.ContentType);
        (await Owner.SendAsync(patch)).EnsureSuccessStatusCode();
    }

    private async Task ManageAsync(AssayApp app)
    {
        ids["members/{id}"] = await app.Database.AddMemberAsync(Id, Role.Viewer);
        ids["audit/{entityId}"] = ids["documents/{id}"];
        ids["invitations/{id}"] = await SendAsync(
            "/api/invitations", Json(new { role = "viewer", email = $"{Mark}@example.com" }), "invitation", "id");
        ids["keys/{id}"] = await SendAsync(
            "/api/keys", Json(new { name = Mark, scopes = new[] { "runs:read" } }), "apiKey", "id");
        ids["webhooks/{id}"] = await SendAsync(
            "/api/webhooks", Json(new { url = $"https://{Mark}.example.com", status = "paused" }), "webhook", "id");
        ids["credentials/{id}"] = await SendAsync(
            "/api/credentials",
            Json(new { provider = "openai", name = Mark, secret = $"sk-{Guid.NewGuid():n}{Guid.NewGuid():n}" }), "id");
        ids["webhooks/{id}/messages/{messageId}"] = await SendAsync(
            $"/api/webhooks/{ids["webhooks/{id}"]}/ping", null, "id");
    }

    // What no route makes, or makes only now and then.
    private async Task FillAsync(TestDatabase database)
    {
        var run = ids["runs/{id}"];
        ids["suggestions/{id}"] = Guid.CreateVersion7();
        await database.ExecuteAsync(
            $"""
            insert into mart.analysis_daily (organization_id, day, analyses, failures)
            values ('{Id}', '2026-01-01', 1, 0);
            insert into mart.feature_daily (organization_id, day, feature_key, events, unique_users)
            values ('{Id}', '2026-01-01', '{Mark}', 1, 1);
            insert into mart.metric_timeseries (organization_id, metric_key, bucket, ts_bucket, value_num, value_json)
            values ('{Id}', '{Mark}', 'day', '2026-01-01', 1, '{"{}"}');
            insert into core.suggestion (id, organization_id, kind, source_id, target_id, score, reason)
            values ('{ids["suggestions/{id}"]}', '{Id}', 'similar', '{ids["prompts/{id}"]}',
                '{ids["contexts/{id}"]}', 1, '{Mark}');
            insert into core.import (id, organization_id, actor_type, policy, bytes)
            values ('{run}', '{Id}', 'system', 'skip', 1);
            insert into core.judge_rubric (id, organization_id, name) values ('{run}', '{Id}', '{Mark}');
            insert into core.judge_criterion (organization_id, rubric_id, key, title)
            values ('{Id}', '{run}', 'a', 'a');
            insert into ops.feature_flag_override (organization_id, name, enabled) values ('{Id}', '{Mark}', true);
            insert into ops.setting_override (organization_id, name, value) values ('{Id}', '{Mark}', '1');
            insert into ops.cache_entry (organization_id, key, value, expires_at, removable_at)
            values ('{Id}', sha256('{Mark}'), '{Mark}', now() + interval '1 hour',
                now() + interval '1 day');
            """);
    }

    /// <summary>
    /// Has private entities, with analyses and their runs: shared with a member, with all, by a link, no longer, and
    /// with nobody. The member imported something.
    /// </summary>
    public Task ShareAsync(TestDatabase database, Guid user) => database.ExecuteAsync(
        $"""
        with made as (
            insert into core.entity (organization_id, type, title, content, visibility)
            select '{Id}', 'prompt', n, '{"{}"}', 'private' from generate_series(1, 6) n
            returning id, organization_id, title
        ), analyzed as (
            insert into core.analysis_result (organization_id, entity_id, entity_version, prompt_content)
            select organization_id, id, 1, title from made
            returning id, organization_id
        ), imported as (
            insert into core.import (id, organization_id, user_id, actor_type, policy, bytes)
            values (gen_random_uuid(), '{Id}', '{user}', 'user', 'skip', 1)
            returning id, organization_id
        ), ran as (
            insert into ops.workflow_run (organization_id, kind, subject_type, subject_id)
            select organization_id, 'analyze-prompt', 'analysis', id from analyzed
            union all select organization_id, 'import', 'import', id from imported
            returning id, organization_id
        ), nodes as (
            insert into ops.workflow_node (organization_id, run_id, key) select organization_id, id, 'a' from ran
        ), attempts as (
            insert into ops.workflow_attempt (organization_id, run_id, node_key, number)
            select organization_id, id, 'a', 1 from ran
        ), metrics as (
            insert into ops.workflow_metric (organization_id, run_id, name, value_num)
            select organization_id, id, 'a', 1 from ran
        ), scored as (
            insert into core.judge_score (organization_id, analysis_id, criterion_id, score)
            select a.organization_id, a.id, c.id, 1 from analyzed a
            cross join (select id from core.judge_criterion limit 1) c
        )
        insert into core.share (organization_id, entity_id, grantee, user_id, token_hash, permission, expires_at,
            revoked_at)
        select organization_id, id, case title when '2' then 'organization' when '3' then 'link' else 'user' end,
            case when title in ('1', '4', '5') then '{user}'::uuid end,
            case title when '3' then sha256(id::text::bytea) end, 'view',
            case title when '4' then now() - interval '1 hour' end, case title when '5' then now() end
        from made
        where title <> '6'
        """);

    private async Task<Guid> SendAsync(string path, HttpContent? content, params string[] member)
    {
        var answer = await Owner.PostAsync(path, content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.Ambiguous, $"{path}: {text}");
        return (Guid)member.Aggregate(JsonNode.Parse(text)!, (node, name) => node[name]!);
    }

    private static JsonContent Json(object body) =>
        JsonContent.Create(body, new MediaTypeHeaderValue("application/json"));
}
