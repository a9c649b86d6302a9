using Assay.Local;

namespace Assay;

/// <summary>
/// What the conformance tests talk to: the app in tests/Conformance/App on the local host, or whatever serves it at
/// <c>ASSAY_CONFORMANCE_URL</c>.
/// </summary>
public sealed class ConformanceHost : IAsyncLifetime
{
    private readonly DurableTestDatabase database = new();
    private FunctionsTestHost? host;

    public HttpClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_URL") is { Length: > 0 } url)
        {
            Client = new HttpClient { BaseAddress = new Uri(url) };
            if (Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_KEY") is { Length: > 0 } key)
                Client.DefaultRequestHeaders.Add("x-functions-key", key);
            return;
        }
        await database.InitializeAsync();
        var settings = new Dictionary<string, string?> { ["DurableDatabase"] = database.ConnectionString };
        host = await FunctionsTestHost.StartAsync(typeof(Conformance.Calls).Assembly, settings);
        Client = host.Client;
    }

    public async Task DisposeAsync()
    {
        if (host is null)
        {
            Client.Dispose();
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
