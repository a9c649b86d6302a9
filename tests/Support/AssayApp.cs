using System.Reflection;
using Assay.Hosting;
using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// The whole app in the test's process, with a database and a blob container of its own:
/// <c>await using var app = await AssayApp.StartAsync();</c>. Any number may run at the same time.
/// </summary>
public sealed class AssayApp : IAsyncDisposable
{
    // Fewer than may be configured: what it takes to try passwords is no matter to those who register by the hundred.
    private static readonly IOptions<PasswordOptions> FewRounds =
        Options.Create(new PasswordOptions { Iterations = 1_000 });

    private readonly FunctionsTestHost host;
    private readonly HttpClient? client;
    private readonly IdleApp? lender;
    private readonly bool ownsDatabase;

    private AssayApp(FunctionsTestHost host, TestDatabase database, bool ownsDatabase, string inboxName,
        Secrecy.Answers answers)
    {
        Answers = answers;
        this.host = host;
        this.ownsDatabase = ownsDatabase;
        Database = database;
        Inbox = new BlobContainerClient(TestBlobs.ConnectionString, inboxName);
    }

    private AssayApp(IdleApp lender)
    {
        this.lender = lender;
        host = lender.App.host;
        client = new HttpClient { BaseAddress = host.Address, Timeout = host.Client.Timeout };
        (Database, Inbox, Answers) = (lender.App.Database.Lend(), lender.App.Inbox, lender.App.Answers);
    }

    /// <summary>A client whose relative addresses are the app's; it names no organization.</summary>
    public HttpClient Client => client ?? host.Client;

    public Uri Address => host.Address;

    /// <summary>The app's services; scoped ones need a scope.</summary>
    public IServiceProvider Services => host.Services;

    public TestDatabase Database { get; }

    internal Secrecy.Answers Answers { get; }

    /// <summary>The app's build output, as any Functions host takes it.</summary>
    internal static string Folder { get; } = typeof(HealthFunctions).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "FunctionAppFolder").Value!;

    /// <summary>The container that the app watches for documents.</summary>
    public BlobContainerClient Inbox { get; }

    /// <summary>Whether it has been stopped.</summary>
    internal bool IsStopped { get; private set; }

    /// <summary>An app as it comes, which may be one that another test has done with.</summary>
    public static async Task<AssayApp> StartAsync() => new(await AppPool.TakeAsync());

    /// <summary>An app as it comes, which no other test gets to see.</summary>
    public static Task<AssayApp> StartNewAsync() => StartAsync(settings: null);

    /// <param name="database">One to share, which the caller disposes of; null makes one for this app.</param>
    /// <param name="settings">Go before the app's other settings; <c>:</c> or <c>__</c> nests.</param>
    /// <param name="overrides">Applied after the app's own registrations, such as a clock or a model provider.</param>
    /// <param name="log">Takes what app and host say, in every detail.</param>
    public static async Task<AssayApp> StartAsync(
        TestDatabase? database = null,
        IReadOnlyDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? overrides = null,
        ILoggerProvider? log = null)
    {
        var answers = new Secrecy.Answers();
        var own = database is null ? await TestDatabase.CreateAsync() : null;
        var inbox = settings?.GetValueOrDefault("InboxContainer") ?? $"inbox-{Guid.NewGuid():n}";
        try
        {
            var host = await FunctionsTestHost.StartAsync(
                typeof(HealthFunctions).Assembly, Settings((database ?? own)!, inbox, settings),
                services =>
                {
                    services.AddSingleton<IStartupFilter>(answers);
                    services.AddSingleton(FewRounds);
                    if (log is not null)
                        services.AddLogging(Keep);
                    overrides?.Invoke(services);
                },
                Keep);
            return new AssayApp(host, (database ?? own)!, own is not null, inbox, answers);
        }
        catch when (own is not null)
        {
            await own.DisposeAsync();
            throw;
        }

        void Keep(ILoggingBuilder logging)
        {
            if (log is not null)
                logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        }
    }

    /// <summary>A client with an API key of a new member of an organization.</summary>
    public async Task<HttpClient> ClientOfAsync(Guid organization, Role role, params string[] scopes)
    {
        var key = await Database.AddKeyAsync(organization, await Database.AddMemberAsync(organization, role), scopes);
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    /// <summary>A client that acts for an organization, trusted without a credential.</summary>
    /// <param name="slug">An organization that exists; see <see cref="TestDatabase.AddOrganizationAsync"/>.</param>
    public HttpClient ClientOf(string slug)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Add("Assay-Organization", slug);
        return client;
    }

    /// <summary>Stops as a signal would, and lets what runs finish; the database stays.</summary>
    public Task StopAsync()
    {
        IsStopped = true;
        return host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (lender is not null)
        {
            client!.Dispose();
            await Database.DisposeAsync();
            await AppPool.GiveBackAsync(lender, IsStopped);
            return;
        }
        await host.DisposeAsync();
        await Inbox.DeleteIfExistsAsync();
        if (ownsDatabase)
            await Database.DisposeAsync();
        Answers.AssertNoneHeldASecret();
    }

    private static Dictionary<string, string?> Settings(
        TestDatabase database, string inbox, IReadOnlyDictionary<string, string?>? more)
    {
        var settings = new Dictionary<string, string?>(database.Settings)
        {
            ["AzureWebJobsStorage"] = TestBlobs.ConnectionString,
            ["InboxContainer"] = inbox,
            // Far enough away that it fires in no test; tests that want a rollup ask for one.
            ["RollupSchedule"] = "0 0 0 29 2 *",
            ["Assay__TrustOrganizationHeader"] = "true",
            // Where the servers of tests listen.
            ["Assay__Outbound__AllowPrivateAddresses"] = "true",
            ["Assay__Secrets__Keys__test"] = Convert.ToBase64String(new byte[SecretsOptions.KeyLength]),
            ["Assay__Secrets__CurrentKey"] = "test",
            ["Assay__Mail__Outbox"] = Path.Combine(Path.GetTempPath(), "assay-test-outbox"),
        };
        foreach (var (name, value) in more ?? new Dictionary<string, string?>())
            settings[name] = value;
        return settings;
    }
}
