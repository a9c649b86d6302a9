using System.Net;
using System.Net.Http.Json;
using Npgsql;
using Xunit.Abstractions;

namespace Assay;

/// <summary>Postgres restarted while the app serves requests and works.</summary>
public sealed class PostgresRestartTests(ITestOutputHelper output)
{
    private const int Documents = 10;
    private const int AnalysesMin = 10;

    [NeedsPostgresBinariesFact]
    public async Task Requests_get_503_while_postgres_is_away_and_accepted_work_is_finished_after()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await MigrateAsync(cluster);
        await using var inbox = await InboxContainer.CreateAsync();
        await using var app = await AppProcess.StartAsync(await AppSettings.ForAsync(cluster, inbox));
        app.Client.DefaultRequestHeaders.Add("Assay-Organization", SampleWork.Organization);

        try
        {
            await SampleWork.DropDocumentsAsync(inbox.Client, Documents);
            var load = new Load(app.Client);
            await load.UntilAsync(() => load.Accepted.Count >= AnalysesMin);

            await cluster.StopAsync();
            await load.UntilAsync(() => load.Unavailable >= 10);
            Assert.False((await app.Client.GetAsync("/api/health/ready")).IsSuccessStatusCode);
            Assert.True((await app.Client.GetAsync("/api/health")).IsSuccessStatusCode);

            var acceptedBefore = load.Accepted.Count;
            await cluster.StartAsync();
            await load.UntilAsync(() => load.Accepted.Count >= acceptedBefore + AnalysesMin);

            await Eventually.TrueAsync(
                async () => await CountAsync(cluster, "ops.workflow_run where finished_at is null") == 0
                    && await CountAsync(cluster, "core.document where status = 'completed'") == Documents,
                TimeSpan.FromMinutes(2),
                () => "Work did not resume.");
            Assert.Equal(0, await CountAsync(cluster, "ops.workflow_run where status <> 'succeeded'"));
            foreach (var id in load.Accepted)
                Assert.Equal(
                    1, await CountAsync(cluster, $"core.analysis_result where id = '{id}' and status = 'completed'"));
        }
        catch (Exception)
        {
            output.WriteLine(app.Output);
            throw;
        }
    }

    private static async Task MigrateAsync(PostgresCluster cluster)
    {
        var administrator = new NpgsqlConnectionStringBuilder(cluster.Administrator);
        await DatabaseBootstrap.PrepareAsync(administrator, rolePassword: null, CancellationToken.None);
        await new Migrator(cluster.Administrator, MigrationFile.Embedded).MigrateAsync(CancellationToken.None);
        await using var connection = new NpgsqlConnection(cluster.Administrator);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"insert into ops.organization (name, slug) values ('Sample', '{SampleWork.Organization}')", connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(PostgresCluster cluster, string from)
    {
        await using var connection = new NpgsqlConnection(cluster.Administrator);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"select count(*) from {from}", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>
    /// A client that reads and writes without pause, and takes no answer but 2xx and 503 with Retry-After.
    /// </summary>
    private sealed class Load(HttpClient client)
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        public List<Guid> Accepted { get; } = [];

        public int Unavailable { get; private set; }

        public async Task UntilAsync(Func<bool> enough)
        {
            var deadline = DateTime.UtcNow + Limit;
            while (!enough())
            {
                Assert.True(DateTime.UtcNow < deadline, $"{Accepted.Count} accepted, {Unavailable} unavailable.");
                Note(await client.GetAsync("/api/runs?limit=5"));
                var text = SampleWork.Prompt(Accepted.Count);
                var response = await client.PostAsJsonAsync("/api/analyses", new { text });
                if (Note(response))
                    Accepted.Add(Guid.Parse(response.Headers.Location!.OriginalString.Split('/')[^1]));
            }
        }

        private bool Note(HttpResponseMessage response)
        {
            if (response.IsSuccessStatusCode)
                return true;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Unavailable++;
            return false;
        }
    }
}

/// <summary>A test that stops and starts a server, which needs more than a connection to one.</summary>
internal sealed class NeedsPostgresBinariesFactAttribute : FactAttribute
{
    public NeedsPostgresBinariesFactAttribute() =>
        Skip = PostgresCluster.CanRun ? null : "There are no Postgres server binaries on this machine.";
}
