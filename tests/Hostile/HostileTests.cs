using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Assay;

/// <summary>
/// Requests and documents that are made to cost as much as possible, sent to the app as a process of its own with a
/// heap of 512 MB, while somebody else goes on with ordinary requests.
/// </summary>
public sealed class HostileTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private const int Senders = 4;

    /// <summary>Uploads may take longer; none of these is one that would.</summary>
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(31);

    /// <summary>On a busy machine of two processors ordinary requests take this long now and then.</summary>
    private static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(400);

    [Fact]
    public async Task Nothing_that_is_sent_ends_the_app_or_holds_it_up()
    {
        await using var inbox = await InboxContainer.CreateAsync();
        var settings = AppSettings.For(database, inbox);
        settings["DOTNET_GCHeapHardLimit"] = "0x20000000";
        settings["Assay__Settings__address-requests-per-minute"] = "1000000";
        await database.AddOrganizationAsync("hostile");
        await database.AddOrganizationAsync("light");
        await using var app = await AppProcess.StartAsync(settings);
        using var hostile = ClientOf(app, "hostile");
        using var light = ClientOf(app, "light");
        try
        {
            var before = await WhileAsync(light, Task.Delay(TimeSpan.FromSeconds(6)));
            var beside = await WhileAsync(light, SendAllAsync(app, hostile));

            Assert.False(app.HasExited);
            output.WriteLine($"ordinary requests: p95 {P95(before)} ms alone, {P95(beside)} ms beside");
            Assert.True(
                LightClient.P95(beside) <= Most(2 * LightClient.P95(before), Floor),
                $"Ordinary requests took {P95(beside)} ms where they took {P95(before)} ms alone.");
        }
        catch (Exception)
        {
            output.WriteLine(app.Output);
            throw;
        }
    }

    private async Task SendAllAsync(AppProcess app, HttpClient client)
    {
        var template = await client.AddAsync(
            "templates", new { title = "bomb", content = new { text = Shapes.Repeat("{{a}}", 1_000_000) } });
        await Parallel.ForEachAsync(
            HostileRequests.All(template.Id), new ParallelOptions { MaxDegreeOfParallelism = Senders },
            (request, _) => SendAsync(app, client, request));
        await Eventually.TrueAsync(
            async () => await LiveAsync() == 0, TimeSpan.FromSeconds(120), () => "Not every run ended.");
        var failed = await database.ValueAsync<long>(
            "select count(*) from ops.workflow_run where status = 'failed' and error like 'unexpected%'");
        Assert.Equal(0, failed);
    }

    private async ValueTask SendAsync(AppProcess app, HttpClient client, HostileRequest request)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            using var answer = await request.SendAsync(client);
            if (watch.Elapsed > TimeSpan.FromSeconds(5))
                output.WriteLine($"{request.Name}: {(int)answer.StatusCode} after {watch.Elapsed.TotalSeconds:0.0} s");
            Assert.True((int)answer.StatusCode < 500, $"{request.Name}: {(int)answer.StatusCode}");
            Assert.True(watch.Elapsed < AnswerMax, $"{request.Name}: {watch.Elapsed.TotalSeconds:0.0} s");
        }
        catch (HttpRequestException) when (!app.HasExited)
        {
            // A body that is too large may be refused before it has been sent.
        }
    }

    private Task<long> LiveAsync() => database.ValueAsync<long>(
        "select count(*) from ops.workflow_run where status in ('queued', 'running')");

    private static async Task<IReadOnlyList<TimeSpan>> WhileAsync(HttpClient client, Task work)
    {
        using var stop = new CancellationTokenSource();
        var times = new LightClient(client).GoOnAsync(stop.Token);
        try
        {
            await work;
        }
        finally
        {
            await stop.CancelAsync();
        }

        return await times;
    }

    private static HttpClient ClientOf(AppProcess app, string organization)
    {
        var client = new HttpClient { BaseAddress = app.Client.BaseAddress, Timeout = TimeSpan.FromMinutes(4) };
        client.DefaultRequestHeaders.Add("Assay-Organization", organization);
        return client;
    }

    private static TimeSpan Most(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static string P95(IReadOnlyList<TimeSpan> times) => $"{LightClient.P95(times).TotalMilliseconds:0}";
}
