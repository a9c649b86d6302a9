using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Assay.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Assay;

/// <summary>The refresh as the app runs it: HTTP and clock in, orchestration, marts out.</summary>
public sealed class MartRefreshTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Slug = "refreshing";

    private Guid organization;
    private FunctionsTestHost host = null!;

    public async Task InitializeAsync()
    {
        organization = await database.AddOrganizationAsync($"{Slug}-{Guid.NewGuid():n}");
        var slug = await database.ValueAsync<string>($"select slug from ops.organization where id = '{organization}'");
        host = await FunctionsTestHost.StartAsync(
            [typeof(MartRefreshFunctions), typeof(MartFunctions), typeof(RunFunctions), typeof(RunSweep)],
            new Dictionary<string, string?>(database.Settings)
            {
                ["RollupSchedule"] = "0 0 0 1 1 *",
                ["Assay__TrustOrganizationHeader"] = "true",
            },
            Configure);
        host.Client.DefaultRequestHeaders.Add("Assay-Organization", slug);
        await database.As(organization).ExecuteAsync(
            "insert into ops.usage_event (organization_id, feature) values (@organization, 'test')",
            new { organization }, CancellationToken.None);
    }

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    [Fact]
    public async Task On_demand_it_is_a_run_whose_nodes_are_the_marts()
    {
        var accepted = await host.Client.PostAsync("/api/marts/refresh", null);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);

        var run = await Eventually.GetAsync(
            async () => await GetAsync($"{accepted.Headers.Location}") is var answer && answer["finishedAt"] is not null
                ? answer
                : null,
            null, () => "The refresh never ended.");

        Assert.Equal(("succeeded", 1d), ((string)run["status"]!, (double)run["progress"]!));
        Assert.Equal(
            ["partitions", .. MartRollup.Marts], run["nodes"]!.AsArray().Select(node => (string)node!["key"]!));
        Assert.All(run["nodes"]!.AsArray(), node => Assert.Equal("ok", (string)node!["status"]!));
        Assert.Contains("test", (await FeaturesAsync()).Select(feature => (string)feature!["featureKey"]!));
    }

    [Theory]
    [InlineData("queued", 1)]
    [InlineData("running", 11)]
    public async Task A_run_whose_orchestration_was_lost_is_started_by_the_sweep(string status, int minutes)
    {
        var run = Guid.CreateVersion7();
        await database.As(organization).ExecuteAsync(
            """
            insert into ops.workflow_run (id, organization_id, kind, status, subject_type, subject_id, updated_at)
            values (@run, @organization, @kind, @status, 'organization', @organization,
                now() - make_interval(mins => @minutes))
            """,
            new { run, organization, kind = MartRefreshFunctions.RunKind, status, minutes }, CancellationToken.None);

        await host.Client.RunNowAsync(nameof(RunSweep.SweepQueuedRuns));

        await Eventually.TrueAsync(
            async () => (string)(await GetAsync($"/api/runs/{run}"))["status"]! == "succeeded",
            null, () => "The sweep did not start the run.");
    }

    [Fact]
    public async Task The_clock_starts_it_for_every_organization()
    {
        await host.Client.RunNowAsync(nameof(MartRefreshFunctions.RefreshMartsNightly));

        await Eventually.TrueAsync(
            async () => (await FeaturesAsync()).Count > 0, null, () => "The nightly refresh filled no mart.");
    }

    [Fact]
    public async Task At_night_what_is_older_than_it_is_kept_for_goes()
    {
        await database.ExecuteAsync(
            $"""
            select ops.ensure_partitions('2020-01-01', 0, 0);
            insert into ops.setting (name, value) values ('event-months-kept', '0');
            insert into ops.usage_event (organization_id, feature, created_at)
            values ('{organization}', 'old', '2020-01-01'), ('{organization}', 'older', '2019-01-01');
            """);

        await host.Client.RunNowAsync(nameof(MartRefreshFunctions.RefreshMartsNightly));

        await Eventually.TrueAsync(
            () => database.ValueAsync<bool>("select to_regclass('ops.usage_event_2020_01_01') is null"),
            null, () => "The partition was not retired.");
        Assert.Equal(0, await database.ValueAsync<long>(
            "select count(*) from ops.usage_event where feature in ('old', 'older')"));
        Assert.True(await database.ValueAsync<bool>("select to_regclass('ops.event_2020_01') is not null"));
    }

    private static void Configure(FunctionsApplicationBuilder builder)
    {
        builder.UseMiddleware<ProblemMiddleware>();
        builder.UseMiddleware<CallerMiddleware>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddDatabase(builder.Configuration);
        builder.Services.AddSecrets(builder.Configuration);
        builder.Services.AddOrganizations();
        builder.Services.AddLimits();
        builder.Services.AddCallers(builder.Configuration);
        builder.Services.AddRuns();
        builder.Services.AddSettings();
        builder.Services.AddMarts();
    }

    private async Task<JsonArray> FeaturesAsync() => (await GetAsync("/api/marts/feature-daily"))["items"]!.AsArray();

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await host.Client.GetStringAsync(path))!;
}
