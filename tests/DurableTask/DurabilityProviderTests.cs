using Assay.DurableTask.PostgreSql.AzureFunctions;
using DurableTask.Core;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Assay.DurableTaskTests;

public sealed class DurabilityProviderTests
{
    [Fact]
    public void A_missing_connection_string_is_named()
    {
        var factory = NewFactory([], new() { ["type"] = "postgresql" });

        var problem = Assert.Throws<InvalidOperationException>(factory.GetDurabilityProvider);

        Assert.Contains("'DurableDatabase' is missing", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_that_is_none_is_not_shown()
    {
        var factory = NewFactory(new() { ["Mine"] = "secret" }, new() { ["connectionStringName"] = "Mine" });

        var problem = Assert.Throws<InvalidOperationException>(factory.GetDurabilityProvider);

        Assert.Contains("'Mine'", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_is_not_understood_is_named()
    {
        var factory = NewFactory(new() { ["DurableDatabase"] = "Host=x" }, new() { ["lease"] = "soon" });

        var problem = Assert.Throws<InvalidOperationException>(factory.GetDurabilityProvider);

        Assert.Contains("storageProvider", problem.Message, StringComparison.Ordinal);
        Assert.Contains("lease", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_json_sets_what_the_provider_does()
    {
        var options = PostgreSqlDurabilityOptions.Read(NewOptions(new()
        {
            ["type"] = "postgresql", ["schemaName"] = "mine", ["lease"] = "00:00:20", ["retention"] = "30.00:00:00",
            ["maxDeaths"] = 3, ["notifications"] = false,
        }));

        var settings = options.ToSettings(
            new() { MaxConcurrentActivityFunctions = 7, ExtendedSessionsEnabled = true },
            new Connections(new() { ["DurableDatabase"] = "Host=x" }), "hub", NullLoggerFactory.Instance);

        Assert.Equal(
            ("Host=x", "hub", "mine", TimeSpan.FromSeconds(20), TimeSpan.FromDays(30), 3, false, 7, true),
            (settings.ConnectionString, settings.TaskHubName, settings.SchemaName, settings.Lease, settings.Retention,
                settings.MaxDeaths, settings.Notifications, settings.MaxConcurrentActivities,
                settings.ExtendedSessions));
    }

    [Fact]
    public async Task The_management_api_finds_rewinds_and_purges_instances()
    {
        var fails = true;
        await using var hub = await TestHub.StartAsync(functions => functions
            .Activity("Fails", _ => fails ? throw new FormatException("not now") : "well")
            .Orchestrator("Fails", flow => flow.CallAsync("Fails")));
        var failed = await hub.RunAsync("Fails", "in", "one");
        await hub.RunAsync("Sequence", "2", "two");
        var factory = NewFactory(
            new() { ["DurableDatabase"] = hub.Database.ConnectionString }, new() { ["type"] = "postgresql" });
        var provider = factory.GetDurabilityProvider();

        Assert.Same(provider, factory.GetDurabilityProvider(new DurableClientAttribute()));
        Assert.True(provider.SupportsPollFreeWait);
        var page = await provider.GetOrchestrationStateWithPagination(
            new() { RuntimeStatus = [OrchestrationRuntimeStatus.Completed], PageSize = 10 }, CancellationToken.None);
        var found = Assert.Single(page.DurableOrchestrationState);
        Assert.Equal(("two", "2"), (found.InstanceId, (string?)found.Output));
        Assert.Null(Assert.Single(await provider.GetOrchestrationStateWithInputsAsync("one", showInput: false)).Input);

        fails = false;
        await provider.RewindAsync("one", "mended");
        Assert.Equal("well", TestHub.Result(await hub.EndAsync(new() { InstanceId = "one" })));
        Assert.Equal(OrchestrationStatus.Failed, failed.OrchestrationStatus);
        var events = 0;
        await foreach (var _ in await provider.StreamOrchestrationHistoryAsync("two", CancellationToken.None))
            events++;
        Assert.True(events > 5);
        Assert.Equal(1, (await provider.PurgeInstanceHistoryByInstanceId("one")).InstancesDeleted);
        Assert.Equal(1, await provider.PurgeHistoryByFilters(DateTime.MinValue, null, []));
        Assert.Empty(await provider.GetAllOrchestrationStates(CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_that_ends_leaves_no_connection_behind(bool waits)
    {
        await using var database = await TestDatabase.CreateAsync();
        var name = $"host-{Guid.NewGuid():n}";
        var connection = $"{database.ConnectionString};Application Name={name}";
        Task<long> ConnectionsAsync() => database.GetAsync<long>(
            $"select count(*) from pg_stat_activity where application_name = '{name}'");
        // As the provider registers itself, and as a host disposes of all that is registered.
        var services = new ServiceCollection()
            .AddSingleton<IOptions<DurableTaskOptions>>(Options.Create(NewOptions(new() { ["type"] = "postgresql" })))
            .AddSingleton<IConnectionInfoResolver>(new Connections(new() { ["DurableDatabase"] = connection }))
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
            .AddSingleton<IDurabilityProviderFactory, PostgreSqlDurabilityProviderFactory>()
            .BuildServiceProvider();
        var factory = services.GetRequiredService<IDurabilityProviderFactory>();
        var provider = factory.GetDurabilityProvider();
        await ((IOrchestrationService)provider).CreateIfNotExistsAsync();
        await ((IOrchestrationService)provider).StartAsync();
        // Only what the host stops; what listens goes on.
        await ((IOrchestrationService)provider).StopAsync();
        Assert.NotEqual(0, await ConnectionsAsync());

        if (waits)
            await services.DisposeAsync();
        else
            services.Dispose();

        var deadline = DateTime.UtcNow + TestHub.Deadline;
        while (await ConnectionsAsync() > 0)
            Assert.True(DateTime.UtcNow < deadline, "There are connections still.");
        Assert.Throws<ObjectDisposedException>(factory.GetDurabilityProvider);
    }

    static PostgreSqlDurabilityProviderFactory NewFactory(
        Dictionary<string, string?> settings, Dictionary<string, object> storage) =>
        new(Options.Create(NewOptions(storage)), new Connections(settings), NullLoggerFactory.Instance);

    static DurableTaskOptions NewOptions(Dictionary<string, object> storage) =>
        new() { HubName = "test", StorageProvider = storage };

    sealed class Connections(Dictionary<string, string?> settings) : IConnectionInfoResolver
    {
        public IConfigurationSection Resolve(string name) =>
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection(name);
    }
}
