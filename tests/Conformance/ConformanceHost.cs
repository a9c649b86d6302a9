using Assay.Hosting;

namespace Assay;

/// <summary>
/// What the conformance tests talk to: the app in tests/Conformance/App with its orchestrations in PostgreSQL, or in
/// Azure Storage where <c>ASSAY_CONFORMANCE_STORAGE</c> is <c>azure</c>, or whatever serves it at
/// <c>ASSAY_CONFORMANCE_URL</c>.
/// </summary>
public sealed class ConformanceHost : IAsyncLifetime
{
    /// <summary>The original engine polls, in steps of seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const string DurableTask = "AzureFunctionsJobHost__extensions__durableTask__";

    private readonly TestDatabase database = new();
    private FunctionsTestHost? host;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>Whether another provider answers, which may be forgiven what is known of it.</summary>
    public bool IsForeign => host is null || OnAzureStorage;

    private static bool OnAzureStorage => Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_STORAGE") == "azure";

    internal ConformanceClient Client => new(Http);

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_URL") is { Length: > 0 } url)
        {
            Http = new HttpClient { BaseAddress = new Uri(url) };
            if (Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_KEY") is { Length: > 0 } key)
                Http.DefaultRequestHeaders.Add("x-functions-key", key);
            return;
        }
        await database.InitializeAsync();
        var settings = new Dictionary<string, string?>
        {
            ["DurableDatabase"] = database.Durable,
            ["AzureWebJobsStorage"] = TestBlobs.ConnectionString,
            [$"{DurableTask}hubName"] = $"conformance{Guid.NewGuid():n}"[..30],
            [$"{DurableTask}extendedSessionsEnabled"] =
                Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_SESSIONS") == "true" ? "true" : "false",
        };
        if (OnAzureStorage)
            settings[$"{DurableTask}storageProvider__type"] = "AzureStorage";
        host = await FunctionsTestHost.StartAsync(typeof(Conformance.Calls).Assembly, settings);
        Http = host.Client;
    }

    public async Task DisposeAsync()
    {
        if (host is null)
        {
            Http?.Dispose();
            return;
        }
        await host.DisposeAsync();
        await database.DisposeAsync();
    }
}

/// <summary>One app for all conformance tests.</summary>
[CollectionDefinition(Name)]
public sealed class ConformanceCollection : ICollectionFixture<ConformanceHost>
{
    public const string Name = "Conformance";
}
