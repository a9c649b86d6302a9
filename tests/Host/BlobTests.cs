using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Assay.Local;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class BlobTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly Invocations invocations = new();
    private readonly Mood mood = new();
    private readonly BlobContainerClient container = new(TestBlobs.ConnectionString, $"test-{Guid.NewGuid():n}");

    public Task InitializeAsync() => container.CreateIfNotExistsAsync();

    public Task DisposeAsync() => container.DeleteIfExistsAsync();

    [Fact]
    public async Task A_blob_that_was_there_before_and_one_that_comes_later_are_both_found()
    {
        await UploadAsync("acme/before.txt", "one");
        await using var host = await StartAsync(typeof(InboxFunctions));
        Assert.Equal("one", (await ArrivalAsync("acme|before.txt")).Content);

        var uploaded = DateTime.UtcNow;
        await UploadAsync("acme/deep/later.txt", "two");

        Assert.Equal("two", (await ArrivalAsync("acme|deep/later.txt")).Content);
        Assert.InRange(DateTime.UtcNow - uploaded, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Every_version_is_handled_once_across_processes_and_restarts()
    {
        await using var one = await StartAsync(typeof(InboxFunctions));
        await using var two = await StartAsync(typeof(InboxFunctions));
        foreach (var number in Enumerable.Range(0, 30))
            await UploadAsync($"acme/{number}.txt", "first");
        await CountAsync(30);

        await UploadAsync("acme/7.txt", "second");
        await CountAsync(31);
        await one.DisposeAsync();
        await using var three = await StartAsync(typeof(InboxFunctions));
        await UploadAsync("acme/last.txt", "last");

        await ArrivalAsync("acme|last.txt");
        Assert.Equal(32, invocations.Of<Arrival>().Count);
        Assert.Equal(32, invocations.Of<Arrival>().Distinct().Count());
    }

    [Fact]
    public async Task Blobs_that_do_not_match_are_left_alone()
    {
        await using var host = await StartAsync(typeof(InboxFunctions));
        await UploadAsync("no-folder.txt", "x");
        await UploadAsync("acme/a.txt", "y");

        await ArrivalAsync("acme|a.txt");
        Assert.Single(invocations.Of<Arrival>());
    }

    [Fact]
    public async Task Content_properties_inputs_and_outputs_are_bound()
    {
        await UploadAsync("notes/a.extra", "more");
        await container.GetBlobClient("notes/a.md").UploadAsync(
            BinaryData.FromString("\ufeffhello"),
            new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["color"] = "blue" } });
        await using var host = await StartAsync(typeof(TypedBlobFunctions));

        Assert.Equal("hello", (await ArrivalAsync("notes/a", "AsStream")).Content);
        Assert.Equal("8", (await ArrivalAsync("notes/a", "AsBytes")).Content);
        Assert.EndsWith("hello", (await ArrivalAsync("notes/a", "AsData")).Content, StringComparison.Ordinal);
        var described = await invocations.FirstAsync<Described>();
        Assert.EndsWith("/notes/a.md", described.Uri, StringComparison.Ordinal);
        Assert.Equal(
            described with { Color = "blue", Length = 8, Path = $"{container.Name}/notes/a.md", Client = "notes/a.md" },
            described);
        var copy = container.GetBlobClient("copies/notes/a.txt");
        await Eventually.TrueAsync(async () => await copy.ExistsAsync(), null, () => "No output was written.");
        Assert.Equal("hello+more+null", (await copy.DownloadContentAsync()).Value.Content.ToString());
    }

    [Fact]
    public async Task A_blob_that_keeps_failing_is_poison_until_it_is_retried()
    {
        await UploadAsync("bad.txt", "x");
        await using var host = await StartAsync(
            typeof(StubbornFunctions), ("AzureFunctionsJobHost:extensions:blobs:poisonBlobThreshold", "3"));

        var poison = await Eventually.GetAsync(
            async () => (await PoisonAsync(host)).FirstOrDefault(), null, () => "The blob did not become poison.");

        Assert.Equal(3, invocations.Of<Arrival>().Count);
        Assert.Equal("Stubborn", (string?)poison!["function"]);
        Assert.Equal("bad.txt", (string?)poison["name"]);
        Assert.Equal("InvalidOperationException: will not take bad.txt", (string?)poison["error"]);

        mood.IsBad = false;
        var retried = await host.Client.PostAsync($"/admin/blobs/poison/{poison["id"]}/retry", null);
        Assert.Equal(HttpStatusCode.Accepted, retried.StatusCode);
        await CountAsync(4);
        Assert.Empty(await PoisonAsync(host));
        var again = await host.Client.PostAsync($"/admin/blobs/poison/{poison["id"]}/retry", null);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task A_new_version_of_a_poison_blob_is_tried_afresh()
    {
        await UploadAsync("bad.txt", "x");
        await using var host = await StartAsync(
            typeof(StubbornFunctions), ("AzureFunctionsJobHost:extensions:blobs:poisonBlobThreshold", "1"));
        await Eventually.TrueAsync(
            async () => (await PoisonAsync(host)).Count == 1, null, () => "The blob did not become poison.");

        mood.IsBad = false;
        await UploadAsync("bad.txt", "better");

        await invocations.FirstAsync<Arrival>(arrival => arrival.Content == "better");
        Assert.Empty(await PoisonAsync(host));
    }

    [Fact]
    public async Task A_blob_whose_process_died_is_claimed_by_another()
    {
        await UploadAsync("acme/a.txt", "x");
        await using (await StartAsync(typeof(InboxFunctions)))
            await CountAsync(1);
        await UploadAsync("acme/b.txt", "y");
        await database.ExecuteAsync(
            $"""
            insert into durable.blob_receipt
                (hub, function_name, container, blob_name, etag, modified_at, status, attempts, lease, available_at)
            values ('assay', 'Inbox', '{container.Name}', 'acme/b.txt', '{await VersionAsync("acme/b.txt")}', now(),
                'running', 1, gen_random_uuid(), now() + interval '2 seconds')
            """);

        await using var host = await StartAsync(typeof(InboxFunctions));

        Assert.Equal("y", (await ArrivalAsync("acme|b.txt")).Content);
    }

    [Fact]
    public async Task A_blob_function_runs_now_when_asked()
    {
        await UploadAsync("acme/a.txt", "x");
        await using var host = await StartAsync(typeof(InboxFunctions));
        await CountAsync(1);

        var path = $"{container.Name}/acme/a.txt";
        var response = await host.Client.PostAsJsonAsync("/admin/functions/Inbox", new { input = path });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await CountAsync(2);
        var missing = await host.Client.PostAsJsonAsync("/admin/functions/Inbox", new { input = path + "x" });
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
    }

    [Fact]
    public async Task A_container_that_is_missing_is_created()
    {
        await container.DeleteAsync();
        await using var host = await StartAsync(typeof(InboxFunctions));

        await Eventually.TrueAsync(
            async () => await container.ExistsAsync(), null, () => "The container was not created.");
    }

    [Fact]
    public async Task The_host_serves_while_storage_is_away()
    {
        await using var host = await StartAsync(
            typeof(InboxFunctions),
            ("AzureWebJobsStorage",
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/a;"));

        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/admin/host/status")).StatusCode);
    }

    private static async Task<JsonArray> PoisonAsync(FunctionsTestHost host) =>
        (await host.Client.GetFromJsonAsync<JsonArray>("/admin/blobs/poison"))!;

    private Task UploadAsync(string name, string content) =>
        container.GetBlobClient(name).UploadAsync(BinaryData.FromString(content), overwrite: true);

    private async Task<string> VersionAsync(string name) =>
        $"{(await container.GetBlobClient(name).GetPropertiesAsync()).Value.ETag}";

    private Task<Arrival> ArrivalAsync(string name, string? function = null) => invocations.FirstAsync<Arrival>(
        arrival => arrival.Name == name && (function is null || arrival.Function == function));

    private Task CountAsync(int count) => Eventually.TrueAsync(
        () => Task.FromResult(invocations.Of<Arrival>().Count >= count), null,
        () => $"{invocations.Of<Arrival>().Count} of {count} arrived.");

    private Task<FunctionsTestHost> StartAsync(Type functions, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(database.Settings)
        {
            ["AzureWebJobsStorage"] = TestBlobs.ConnectionString,
            ["Inbox"] = container.Name,
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return FunctionsTestHost.StartAsync(
            [functions], all, builder => builder.Services.AddSingleton(invocations).AddSingleton(mood));
    }
}
