using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Assay.Local;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Assay;

public sealed class DurableFunctionTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly Invocations invocations = new();
    private FunctionsTestHost host = null!;

    public async Task InitializeAsync() => host = await FunctionsTestHost.StartAsync(
        [typeof(OrderFunctions)],
        database.Settings,
        builder =>
        {
            builder.Services.AddSingleton(invocations);
            builder.UseMiddleware(async (context, next) =>
            {
                invocations.Add($"{context.FunctionDefinition.Name} begins");
                await next();
                invocations.Add($"{context.FunctionDefinition.Name} ends");
            });
        });

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    [Fact]
    public async Task An_orchestration_runs_from_HTTP_to_activity_and_back_through_middleware()
    {
        var response = await host.Client.PostAsJsonAsync("/api/StartOrder", new Order("tea", 2));

        Assert.Equal("\"tea and tea HandleOrder True\"", await response.Content.ReadAsStringAsync());
        Assert.Equal("tea", Assert.Single(invocations.Of<Handled>()).Item);
        Assert.NotEmpty(Assert.Single(invocations.Of<Handled>()).InstanceId);
        Assert.Superset(
            new HashSet<string>
            {
                "StartOrder begins", "HandleOrder begins", "Pack begins", "Pack ends", "HandleOrder ends",
            },
            invocations.Of<string>().ToHashSet());
    }

    [Fact]
    public async Task What_an_activity_throws_fails_its_orchestration()
    {
        var response = await host.Client.PostAsJsonAsync("/api/StartOrder", new Order("tea", -1));

        Assert.Contains("cannot pack -1", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activities_and_orchestrations_run_now_when_asked()
    {
        var activity = await host.Client.PostAsJsonAsync("/admin/functions/Note", new { input = "hello" });
        var orchestration = await host.Client.PostAsJsonAsync(
            "/admin/functions/HandleOrder", new { input = """{"Item":"cake","Count":1}""" });

        Assert.Equal(HttpStatusCode.Accepted, activity.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, orchestration.StatusCode);
        await invocations.FirstAsync<Handled>(handled => handled.Item == "hello");
        await invocations.FirstAsync<Handled>(handled => handled.Item == "cake");
    }

    [Fact]
    public async Task An_operator_lists_orchestrations_and_looks_into_one()
    {
        await host.Client.PostAsJsonAsync("/api/StartOrder", new Order("tea", 2));

        var list = await host.Client.GetFromJsonAsync<JsonArray>(
            "/admin/durable/instances?status=completed,failed&name=handle&take=1");
        var one = await host.Client.GetFromJsonAsync<JsonObject>($"/admin/durable/instances/{list![0]!["id"]}");

        Assert.Equal("HandleOrder", (string?)one!["instance"]!["name"]);
        Assert.Contains(one["steps"]!.AsArray(), step => (string?)step!["name"] == "Pack");
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/admin/durable/instances/none")).StatusCode);
    }

    [Fact]
    public async Task What_the_engine_measures_can_be_read_without_a_collector()
    {
        await host.Client.PostAsJsonAsync("/api/StartOrder", new Order("tea", 2));

        var metrics = (await host.Client.GetStringAsync("/admin/host/metrics")).Split('\n');

        Assert.Contains("# TYPE durable_activity_duration_seconds histogram", metrics);
        Assert.Contains("""durable_activity_duration_seconds_count{name="Pack",outcome="completed"} 1""", metrics);
        Assert.Contains(
            """durable_activity_duration_seconds_bucket{name="Pack",outcome="completed",le="+Inf"} 1""", metrics);
        Assert.Contains("""durable_queue_depth{kind="activity"} 0""", metrics);
        Assert.Contains("durable_lease_losses_total 0", metrics);
        Assert.Contains(metrics, line => line.StartsWith("durable_polls_total{", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_that_an_activity_outlasts_gives_its_work_to_others_at_once()
    {
        var settings = new Dictionary<string, string?>(database.Settings)
        {
            ["AzureFunctionsJobHost__extensions__durableTask__hubName"] = "outlasted",
            ["Host__DrainLimit"] = "00:00:06",
        };
        await using var stops = await FunctionsTestHost.StartAsync([typeof(OutlastingFunctions)], settings);
        await stops.Client.PostAsJsonAsync("/admin/functions/OutlastingOrder", new { });
        await Gates.Wait("outlasting-started");

        await stops.StopAsync();

        Assert.Equal(0, await HeldAsync());
        Gates.Open("outlasting-may-end");
    }

    private async Task<long> HeldAsync()
    {
        await using var source = NpgsqlDataSource.Create(database.Durable);
        await using var command = source.CreateCommand(
            """
            select (select count(*) from durable.worker where hub = 'outlasted')
                + (select count(*) from durable.activity where hub = 'outlasted' and owner is not null)
            """);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
