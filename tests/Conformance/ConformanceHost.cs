using Assay.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>
/// What the conformance tests talk to: the app in tests/Conformance/App on the local host, or whatever serves it at
/// <c>ASSAY_CONFORMANCE_URL</c>.
/// </summary>
public sealed class ConformanceHost : IAsyncLifetime
{
    /// <summary>The original engine polls, in steps of seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DurableTestDatabase database = new();
    private FunctionsTestHost? host;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>Whether another engine answers, which may be forgiven what is known of the original.</summary>
    public bool IsForeign => host is null;

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
        var settings = new Dictionary<string, string?> { ["DurableDatabase"] = database.ConnectionString };
        var replays = Environment.GetEnvironmentVariable("ASSAY_CONFORMANCE_REPLAY") == "true";
        host = await FunctionsTestHost.StartAsync(
            typeof(Conformance.Calls).Assembly, settings,
            services => services.Configure<DurableOptions>(options => options.KeepInMemory = !replays));
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
