using System.Net;
using Assay.Local;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay;

public sealed class OutageTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly Invocations invocations = new();
    private readonly LogLines log = new();
    private readonly BlobContainerClient container = new(TestBlobs.ConnectionString, $"test-{Guid.NewGuid():n}");

    public Task InitializeAsync() => container.CreateIfNotExistsAsync();

    public Task DisposeAsync() => container.DeleteIfExistsAsync();

    [Fact]
    public async Task Storage_that_is_away_is_said_once_and_blobs_are_found_when_it_is_back()
    {
        await using var relay = TcpRelay.To(TestBlobs.Endpoint.Host, TestBlobs.Endpoint.Port);
        await container.GetBlobClient("acme/a.txt").UploadAsync(BinaryData.FromString("x"));
        await using var host = await StartAsync(
            typeof(InboxFunctions), ("AzureWebJobsStorage", TestBlobs.Through(relay.Port)));
        await Eventually.TrueAsync(
            () => Task.FromResult(Count("is unavailable") == 1), null, () => "The outage was not logged.");
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/admin/host/status")).StatusCode);

        relay.Open();

        await invocations.FirstAsync<Arrival>();
        await Eventually.TrueAsync(
            () => Task.FromResult(Count("is available again") == 1), null, () => "The end was not logged.");
        Assert.Equal(1, Count("is unavailable"));
    }

    [Fact]
    public async Task Timers_and_blobs_go_on_when_a_database_that_was_away_is_back()
    {
        var direct = new NpgsqlConnectionStringBuilder(database.Durable);
        await using var relay = TcpRelay.To(direct.Host!, direct.Port);
        relay.Open();
        var through = new NpgsqlConnectionStringBuilder(database.Durable) { Host = "127.0.0.1", Port = relay.Port };
        var setting = ("DurableDatabase", through.ConnectionString);
        await using var timers = await StartAsync(typeof(EverySecondFunctions), setting);
        await using var blobs = await StartAsync(typeof(InboxFunctions), setting);
        await invocations.FirstAsync<Tick>();

        relay.Close();
        await Eventually.TrueAsync(
            () => Task.FromResult(Count("The database of timer 'EverySecond' is unavailable") == 1), null,
            () => "The outage was not logged.");
        await container.GetBlobClient("acme/b.txt").UploadAsync(BinaryData.FromString("x"));
        Assert.Equal(HttpStatusCode.OK, (await blobs.Client.GetAsync("/admin/host/status")).StatusCode);
        var ticks = invocations.Of<Tick>().Count;
        relay.Open();

        await invocations.FirstAsync<Arrival>();
        await Eventually.TrueAsync(
            () => Task.FromResult(invocations.Of<Tick>().Count > ticks), null, () => "The timer did not go on.");
    }

    private int Count(string text) => log.All.Count(line => line.Contains(text, StringComparison.Ordinal));

    private Task<FunctionsTestHost> StartAsync(Type functions, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(database.Settings)
        {
            ["AzureWebJobsStorage"] = TestBlobs.ConnectionString,
            ["Inbox"] = container.Name,
            ["EverySecond"] = "* * * * * *",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return FunctionsTestHost.StartAsync([functions], all, builder =>
        {
            builder.Services.AddSingleton(invocations);
            builder.Logging.AddProvider(log);
        });
    }
}
