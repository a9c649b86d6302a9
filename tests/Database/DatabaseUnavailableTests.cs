using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class DatabaseUnavailableTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var free = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var pools = NewPools($"Host=127.0.0.1;Port={free};Username=assay_app");

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => AskAsync(pools));
    }

    [Fact]
    public async Task Connections_cut_by_the_server_cost_one_call_and_not_one_each()
    {
        await using var pools = NewPools(database.App + ";Application Name=cut");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskAsync(pools, "select 1 from pg_sleep(0.1)")));
        await database.ExecuteAsync(
            $"""
            select pg_terminate_backend(pid, 5000) from pg_stat_activity
            where usename = 'assay_app' and datname = current_database()
            """);

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => AskAsync(pools));
        Assert.Equal(1, await AskAsync(pools));
    }

    [Fact]
    public async Task An_exhausted_pool_is_unavailability()
    {
        await using var pools = NewPools(database.App, poolSize: 1);
        await using var held = await pools.App.OpenConnectionAsync();

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => AskAsync(pools));
    }

    [Fact]
    public async Task A_wrong_statement_is_not_unavailability()
    {
        await using var pools = NewPools(database.App);

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => AskAsync(pools, "select nothing_such"));
    }

    [Theory]
    [InlineData("", "Set Assay__Database to")]
    [InlineData("nonsense", "Assay__Database: Expected a connection string")]
    public void Settings_that_cannot_work_are_refused_by_name(string text, string message)
    {
        var key = $"1:{Convert.ToBase64String(new byte[64])}";
        var options = new DatabaseOptions { Database = text, JobDatabase = "Host=db", ScopeKey = key };
        var results = new List<ValidationResult>();

        Assert.False(Validator.TryValidateObject(options, new ValidationContext(options), results, true));
        Assert.Contains(results, result => result.ErrorMessage!.StartsWith(message));
    }

    private DatabasePools NewPools(string connectionString, int poolSize = 8) => new(Options.Create(
        new DatabaseOptions
        {
            Database = connectionString,
            JobDatabase = database.Job,
            DatabasePoolSize = poolSize,
            ConnectTimeoutSeconds = 1,
        }));

    private static Task<int> AskAsync(DatabasePools pools, string sql = "select 1") =>
        new Database(pools, new OrganizationScope()).ValueAsync<int>(sql, null, CancellationToken.None);
}
