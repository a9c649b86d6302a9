using System.Net.Http.Json;
using System.Text.Json;

namespace Assay.Bench;

/// <summary>
/// Durable Functions as a contender: a host and a worker in processes of their own, which are client and worker in one
/// and do a round of work for each request.
/// </summary>
internal sealed class Engine : IContender
{
    private const string Options = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__";

    private readonly App app;

    private Engine(App app) => this.app = app;

    /// <summary>Processor time of both processes so far.</summary>
    public TimeSpan ProcessorTime => app.ProcessorTime;

    /// <summary>The most memory that both have had, in MB.</summary>
    public double PeakMegabytes => app.PeakMegabytes;

    /// <summary>Orchestrations in PostgreSQL.</summary>
    public static Task<Engine> StartAsync(string connectionString, bool notifications = true) => StartAsync(
        new()
        {
            ["DurableDatabase"] = connectionString, [$"{Options}notifications"] = notifications ? "true" : "false",
        });

    /// <summary>Orchestrations in Azure Storage, or what stands in for it.</summary>
    public static Task<Engine> StartOnStorageAsync() => StartAsync(new() { [$"{Options}type"] = "AzureStorage" });

    /// <summary>SIGKILL for the host; its worker ends with it.</summary>
    public Task KillAsync() => app.KillAsync();

    public async Task<Round> RoundAsync(object work)
    {
        using var answer = await app.Client.PostAsJsonAsync("/api/round", work, JsonSerializerOptions.Web);
        return answer.IsSuccessStatusCode
            ? (await answer.Content.ReadFromJsonAsync<Round>(JsonSerializerOptions.Web))!
            : throw new InvalidOperationException($"The round was answered with {(int)answer.StatusCode}.");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task<Engine> StartAsync(Dictionary<string, string> settings)
    {
        var name = $"b{Guid.NewGuid():n}"[..20];
        // Hosts on one database share a hub, and those on storage have one of their own.
        if (!settings.ContainsKey("DurableDatabase"))
            settings["AzureFunctionsJobHost__extensions__durableTask__hubName"] = name;
        settings["AzureFunctionsWebHost__hostid"] = name;
        return new(await App.StartAsync(settings, typeof(WorkFunctions).Assembly));
    }
}
