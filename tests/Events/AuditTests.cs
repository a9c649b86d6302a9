using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class AuditTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_change_tells_who_made_it_and_what_it_was_before()
    {
        var organization = await database.AddOrganizationAsync();
        var user = await database.AddMemberAsync(organization, Role.Admin);
        var scope = new OrganizationScope();
        scope.Enter(organization, new Actor(ActorKind.User, user, user, "request-1", IPAddress.Parse("192.0.2.7")));
        var seen = new IdentityDatabase(database.Pools, scope);

        Assert.True(await seen.ValueAsync<bool>(
            "select ops.rename_organization(updated_at, 'Renamed') from ops.organization", null,
            CancellationToken.None));

        var change = (await seen.ListAsync<Entry>(
            """
            select action, actor_type, actor_id, request_id, host(address) as address, before_state, after_state
            from ops.event where entity_id = @organization order by sequence
            """,
            new { organization }, CancellationToken.None))[^1];
        Assert.Equal(("updated", "user", user), (change.Action, change.ActorType, change.ActorId));
        Assert.Equal(("request-1", "192.0.2.7"), (change.RequestId, change.Address));
        Assert.Equal("""{"name":"Test"}""", change.BeforeState!.ToJsonString());
        Assert.Equal("""{"name":"Renamed"}""", change.AfterState!.ToJsonString());
    }

    [Fact]
    public async Task A_statement_that_changes_nothing_is_no_event()
    {
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $"update ops.organization set name = name, updated_at = now() where id = '{organization}'");

        Assert.Equal(1L, await database.ValueAsync<long>(
            $"select count(*) from ops.event where entity_id = '{organization}'"));
    }

    [Theory]
    [InlineData("revoked_at = now()", "revoked")]
    [InlineData("name = 'other'", "updated")]
    public async Task The_action_is_told_from_what_was_set(string set, string action)
    {
        var organization = await database.AddOrganizationAsync();
        await database.AddKeyAsync(organization, null);
        await database.ExecuteAsync($"update ops.api_key set {set} where organization_id = '{organization}'");

        Assert.Equal(action, await database.ValueAsync<string>(
            $"""
            select action from ops.event where organization_id = '{organization}' and entity_type = 'api_key'
            order by sequence desc limit 1
            """));
    }

    [Fact]
    public async Task Every_row_of_every_audited_table_can_be_rebuilt_from_its_events()
    {
        await using var app = await AssayApp.StartAsync(database);
        var organization = await database.AddOrganizationAsync("rebuilt");
        await SampleChangesAsync(app, organization);

        var tables = await database.Jobs.ListAsync<string>(
            "select tgrelid::regclass::text from pg_trigger where tgname = 'audit' order by 1", null,
            CancellationToken.None);
        Assert.Contains("core.document", tables);
        foreach (var table in tables)
            await AssertRebuiltAsync(table);
    }

    [Fact]
    public async Task No_event_tells_of_bytes()
    {
        // The arguments of a trigger end with a zero byte each.
        Assert.Empty(await database.Jobs.ListAsync<string>(
            """
            select t.tgrelid::regclass || '.' || a.attname
            from pg_trigger t
            join pg_attribute a on a.attrelid = t.tgrelid and a.attnum > 0 and not a.attisdropped
                and a.atttypid = 'bytea'::regtype
            where t.tgname = 'audit'
                and a.attname <> all (rtrim(encode(t.tgargs, 'escape'), '\000')::text[])
            """,
            null, CancellationToken.None));
    }

    // Something of each kind of change, by the app where it has a way and by SQL elsewhere.
    private static async Task SampleChangesAsync(AssayApp app, Guid organization)
    {
        var member = await app.ClientOfAsync(organization, Role.Member);
        var upload = await member.PostAsync("/api/documents?name=a.txt", new StringContent("Some text to be found."));
        Assert.Equal(HttpStatusCode.Accepted, upload.StatusCode);
        var analysis = await member.PostAsync(
            "/api/analyses", new StringContent(
                """{"text":"Write a poem."}""", new MediaTypeHeaderValue("application/json")));
        Assert.Equal(HttpStatusCode.Accepted, analysis.StatusCode);
        await Eventually.TrueAsync(
            async () => await app.Database.ValueAsync<long>(
                "select count(*) from ops.workflow_run where status = 'succeeded'") == 2,
            null, () => "The work did not end.");
        await app.Database.ExecuteAsync(
            $"""
            update ops.organization_user set role = 'viewer' where organization_id = '{organization}';
            update ops.api_key set revoked_at = now(), last_used_at = now() where organization_id = '{organization}';
            update core.document set deleted_at = now() where organization_id = '{organization}';
            """);
    }

    private async Task AssertRebuiltAsync(string table)
    {
        var rows = JsonNode.Parse(await database.ValueAsync<string>(
            $"""
            select coalesce(jsonb_agg(jsonb_build_object('now', to_jsonb(t), 'states', states)), '[]')::text
            from {table} t
            cross join lateral (
                select jsonb_agg(e.after_state order by e.sequence) as states from ops.event e
                where e.entity_type = '{table.Split('.')[1]}' and e.entity_id = t.id) log
            where states is not null
            """))!.AsArray();
        foreach (var row in rows)
        {
            var rebuilt = new JsonObject();
            foreach (var state in row!["states"]!.AsArray())
                foreach (var (column, value) in state!.AsObject())
                    rebuilt[column] = value?.DeepClone();
            foreach (var (column, value) in rebuilt)
                Assert.True(
                    JsonNode.DeepEquals(value, row["now"]![column]),
                    $"{table}.{column} is {row["now"]![column]?.ToJsonString()}, rebuilt {value?.ToJsonString()}");
        }
    }

    private sealed record Entry(
        string Action, string ActorType, Guid? ActorId, string? RequestId, string? Address, JsonObject? BeforeState,
        JsonObject? AfterState);
}
