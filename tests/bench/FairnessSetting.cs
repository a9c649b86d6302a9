using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Bench;

/// <summary>An app with organizations that it shares, and a receiver of webhooks that never answers.</summary>
internal sealed class FairnessSetting : IAsyncDisposable
{
    private readonly BenchDatabase database;
    private readonly App app;
    private readonly TcpListener silent = new(IPAddress.Loopback, 0);

    private FairnessSetting(BenchDatabase database, App app, BlobContainerClient inbox)
    {
        (this.database, this.app, Inbox) = (database, app, inbox);
        silent.Start(backlog: 4096);
    }

    public BlobContainerClient Inbox { get; }

    /// <summary>The address of the receiver that never answers.</summary>
    public string Silent => $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/hook";

    public static async Task<FairnessSetting> StartAsync()
    {
        var storage = Environment.GetEnvironmentVariable("AzureWebJobsStorage")
            ?? throw new InvalidOperationException("AzureWebJobsStorage is not set: run ./dev bench.");
        var inbox = new BlobContainerClient(storage, $"bench-{Guid.NewGuid():n}");
        await inbox.CreateAsync();
        var database = await BenchDatabase.CreateMigratedAsync();
        var app = await App.StartAsync(new Dictionary<string, string>(database.Settings)
        {
            ["InboxContainer"] = inbox.Name,
            ["RollupSchedule"] = "0 0 0 29 2 *",
            ["Assay__TrustOrganizationHeader"] = "true",
            ["Assay__Outbound__AllowPrivateAddresses"] = "true",
            ["Assay__Secrets__Keys__bench"] = Convert.ToBase64String(new byte[32]),
            ["Assay__Secrets__CurrentKey"] = "bench",
            ["Logging__LogLevel__Default"] = "Warning",
        });
        return new(database, app, inbox);
    }

    /// <returns>The slug of the new organization.</returns>
    public async Task<string> AddAsync(string slug)
    {
        await database.AddOrganizationAsync(slug);
        return slug;
    }

    public HttpClient ClientOf(string slug)
    {
        var client = new HttpClient { BaseAddress = app.Client.BaseAddress };
        client.DefaultRequestHeaders.Add("Assay-Organization", slug);
        return client;
    }

    /// <summary>Runs and messages that have not ended.</summary>
    public Task<long> CountUnfinishedAsync() => database.ValueAsync<long>(
        """
        select (select count(*) from ops.workflow_run where finished_at is null)
            + (select count(*) from ops.webhook_delivery where finished_at is null)
        """);

    /// <summary>Adds a webhook that gets nothing but pings.</summary>
    public static async Task<Guid> AddWebhookAsync(HttpClient client, string url)
    {
        using var answer = await client.PostAsJsonAsync("/api/webhooks", new { url, eventTypes = new[] { "none.*" } });
        return (Guid)(await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["webhook"]!["id"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        silent.Dispose();
        await Inbox.DeleteIfExistsAsync();
        await database.DisposeAsync();
    }
}

/// <summary>A receiver of webhooks that counts what comes.</summary>
internal sealed class Arrivals : IAsyncDisposable
{
    private readonly WebApplication app;
    private int count;

    private Arrivals(WebApplication app) => this.app = app;

    public int Count => Volatile.Read(ref count);

    public string Url => app.Urls.Single() + "/hook";

    public static async Task<Arrivals> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var arrivals = new Arrivals(builder.Build());
        arrivals.app.MapPost("/hook", () => Interlocked.Increment(ref arrivals.count));
        await arrivals.app.StartAsync();
        return arrivals;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
