using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>Analyses by a model of a provider, with its keys and limits, in two apps on one database.</summary>
public sealed class ProviderAnalysisTests : IAsyncLifetime
{
    private const string OurKey = "sk-ours-0123456789abcdefghij";
    private const string InstallationKey = "sk-installation-0123456789abcdefghij";

    private readonly LogLines log = new();
    private FakeChatServer server = null!;
    private AssayApp app = null!;
    private AssayApp second = null!;
    private Guid organization;
    private CredentialsApi credentials = null!;

    public async Task InitializeAsync()
    {
        server = await FakeChatServer.StartAsync();
        server.Answer = (_, body, context) => FakeChatServer.SayAsync(
            context, FakeChatServer.IsJudging(body) ? FakeChatServer.Judgement(7) : "Snow.");
        app = await StartAsync(null);
        second = await StartAsync(app.Database);
        organization = await app.Database.AddOrganizationAsync();
        credentials = new(await app.ClientOfAsync(organization, Role.Admin));
        await app.Database.ExecuteAsync($"update ops.provider set base_url = '{server.BaseUrl}' where name = 'openai'");
    }

    public async Task DisposeAsync()
    {
        await second.DisposeAsync();
        await app.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task The_organizations_key_is_sent_and_the_installations_where_there_is_none()
    {
        var client = await ClientAsync(organization);
        await client.SucceedAsync("One.");
        var id = await credentials.AddedAsync(OurKey);
        await client.SucceedAsync("Two.");
        await (await ClientAsync(await app.Database.AddOrganizationAsync())).SucceedAsync("Three.");

        // A judgement and two samples each.
        Assert.Equal(
            [.. Three(InstallationKey), .. Three(OurKey), .. Three(InstallationKey)],
            server.Calls.Select(call => call.Authorization));
        var (_, used) = await credentials.GetAsync(id);
        Assert.InRange((int)used!["usageCount"]!, 1, 3);
        Assert.NotNull(used["lastUsedAt"]);
        Assert.Null(used["lastError"]);
        Assert.Equal("openai", await app.Database.ValueAsync<string>(
            "select string_agg(distinct provider, ' ') from ops.usage_event where feature = 'prompt-analysis'"));

        static IEnumerable<string> Three(string key) => Enumerable.Repeat($"Bearer {key}", 3);
    }

    [Fact]
    public async Task A_key_that_is_refused_fails_the_run_and_leaves_its_error_and_no_trace_of_itself()
    {
        var id = await credentials.AddedAsync(OurKey);
        server.Answer = (_, _, context) => FakeChatServer.FailAsync(context, 401, $"Incorrect API key: {OurKey}.");
        var client = await ClientAsync(organization);
        var run = await client.FinishAsync(await client.CreateAsync(new { text = "Write.", samples = 2 }));

        Assert.Equal("failed", (string?)run["status"]);
        Assert.Contains("refuses the key, with status 401", (string?)run["error"]);
        var (_, used) = await credentials.GetAsync(id);
        Assert.Contains("status 401", (string?)used!["lastError"]);
        Assert.NotNull(used["lastErrorAt"]);
        var stored = await app.Database.ValueAsync<string>(
            "select string_agg(schema_to_xml(name, true, false, '')::text, '')"
            + " from unnest('{ops,core,durable_task}'::text[]) name");
        Assert.Contains("with status 401", stored);
        Assert.Contains(log.All, line => line.Contains("RunAnalysisNode"));
        foreach (var place in new[] { run.ToJsonString(), credentials.Answers, stored, string.Concat(log.All) })
        {
            Assert.DoesNotContain("sk-ours", place);
            Assert.DoesNotContain("sk-installation", place);
        }
    }

    [Fact]
    public async Task A_key_is_not_sent_to_the_address_that_was_given_for_another()
    {
        await using var elsewhere = await StartAsync(
            app.Database, new() { ["Assay__Chat__Provider"] = null, ["Assay__Chat__BaseUrl"] = server.BaseUrl });
        await using var own = await FakeChatServer.StartAsync();
        own.Answer = server.Answer;
        await credentials.AddedAsync(OurKey, provider: "self-hosted", baseUrl: own.BaseUrl);

        await (await ClientAsync(organization, elsewhere)).SucceedAsync("Write.");
        await (await ClientAsync(await app.Database.AddOrganizationAsync(), elsewhere)).SucceedAsync("Write.");

        Assert.All(own.Calls, call => Assert.Equal($"Bearer {OurKey}", call.Authorization));
        Assert.All(server.Calls, call => Assert.Equal($"Bearer {InstallationKey}", call.Authorization));
        Assert.Equal((3, 3), (own.Calls.Count, server.Calls.Count));
    }

    [Fact]
    public async Task Where_nobody_has_a_key_the_run_says_so()
    {
        await using var bare = await StartAsync(app.Database, new() { ["Assay__Chat__ApiKey"] = "" });
        var client = await ClientAsync(organization, bare);

        var run = await client.FinishAsync(await client.CreateAsync(new { text = "Write." }));

        Assert.Contains("There is no key for openai", (string?)run["error"]);
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task A_limit_holds_across_processes_and_what_it_holds_up_completes_later()
    {
        // Four of six permits were used, and come back in half a minute.
        await LimitAsync(6);
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.rate_limit_window (subject, seconds, bucket, counts)
            select 'provider:{organization}:openai', 60, floor(extract(epoch from clock_timestamp())),
                array_agg(case when second = 30 then 4 else 0 end order by second)
            from generate_series(1, 62) second
            """);
        AnalysisClient[] clients = [await ClientAsync(organization), await ClientAsync(organization, second)];

        var ids = await Task.WhenAll(clients.Select((client, n) =>
            client.CreateAsync(new { text = $"Write a haiku, number {n}.", samples = 2 })));
        await Eventually.TrueAsync(
            async () => (await WaitsAsync(clients[0], ids)).Any(IsLimited), null, () => "Nothing waits for the limit.");
        var (status, problem) = await ValidateAsync();
        Assert.InRange(server.Calls.Count, 0, 2);
        var runs = await Task.WhenAll(ids.Select(id => clients[1].FinishAsync(id)));

        Assert.All(runs, run => Assert.Equal("succeeded", (string?)run["status"]));
        // Nothing was asked twice: two judgements and four samples.
        Assert.Equal(6, server.Calls.Count);
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Contains("provider-minute of 6 requests", (string?)problem!["detail"]);
        Assert.Contains(await WaitsAsync(clients[0], ids), IsLimited);
    }

    [Fact]
    public async Task The_limits_of_one_organization_are_not_anothers()
    {
        await LimitAsync(3);
        await (await ClientAsync(organization)).SucceedAsync("Write.");
        await (await ClientAsync(await app.Database.AddOrganizationAsync())).SucceedAsync("Write.");

        Assert.Equal(6, server.Calls.Count);
    }

    private static bool IsLimited(JsonNode? wait) => (string?)wait!["reason"]
        == "The limit provider-minute of 6 requests in 60 s to openai is used up.";

    private static async Task<IReadOnlyList<JsonNode?>> WaitsAsync(AnalysisClient client, IEnumerable<Guid> ids)
    {
        var runs = await Task.WhenAll(ids.Select(id => client.GetAsync($"/api/runs/{id}")));
        return [.. runs.SelectMany(run => run["nodes"]!.AsArray().SelectMany(node => node!["waits"]!.AsArray()))];
    }

    private async Task<(HttpStatusCode Status, JsonNode? Body)> ValidateAsync() =>
        await credentials.ValidateAsync(await credentials.AddedAsync(OurKey));

    private Task LimitAsync(int perMinute) => app.Database.ExecuteAsync(
        $"update ops.provider set max_requests_per_minute = {perMinute} where name = 'openai'");

    private async Task<AnalysisClient> ClientAsync(Guid of, AssayApp? on = null) =>
        new(await (on ?? app).ClientOfAsync(of, Role.Member));

    private Task<AssayApp> StartAsync(TestDatabase? database, Dictionary<string, string?>? more = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Assay__Chat__Provider"] = "openai",
            ["Assay__Chat__Model"] = "fake-1",
            ["Assay__Chat__ApiKey"] = InstallationKey,
            ["Assay__Chat__Samples"] = "2",
            ["Assay__Chat__AttemptsMax"] = "1",
        };
        foreach (var (name, value) in more ?? [])
        {
            if (value is null)
                settings.Remove(name);
            else
                settings[name] = value;
        }
        return AssayApp.StartAsync(database, settings, log: log);
    }
}
