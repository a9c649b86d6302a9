using Npgsql;
using Xunit.Abstractions;

namespace Assay.Faults;

/// <summary>A database server that goes away while processes work on it.</summary>
[Collection(nameof(Fleet))]
public sealed class DatabaseFaultTests(ITestOutputHelper output)
{
    [NeedsPostgresBinariesFact]
    public async Task Postgres_killed_and_stopped_short_loses_nothing_that_was_accepted()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var fleet = await Fleet.StartAsync(Pooled(cluster), hosts: 2, "lease=00:00:02");
        var work = new MixedWork(fleet);

        for (var round = 0; round < FaultSize.DatabaseRounds; round++)
        {
            var target = await fleet.CountAsync("fault.run") + 20;
            var starting = work.StartAsync(32);
            await fleet.UntilAsync($"count(*) >= {target} from fault.run", "There was no progress.");
            if (round % 2 == 0)
                await cluster.KillAsync();
            else
                await cluster.StopAsync("immediate");
            await cluster.RestartAsync();
            await starting;
        }

        await work.AssertSoundAsync();
        Assert.DoesNotContain(fleet.Hosts, host => host.HasExited);
    }

    [NeedsPostgresBinariesFact]
    public async Task Connections_cut_in_the_midst_of_transactions_lose_nothing_and_repeat_no_result()
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var fleet = await Fleet.StartAsync(Pooled(cluster), hosts: 2, "lease=00:00:02");
        var work = new MixedWork(fleet);

        var starting = work.StartAsync(FaultSize.Cuts * 2);
        for (var cut = 0; cut < FaultSize.Cuts; cut++)
        {
            await fleet.ExecuteAsync(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where backend_type = 'client backend' and pid <> pg_backend_pid()
                """);
            // Somebody gets through between two cuts.
            var commits = await fleet.ValueAsync<decimal>("select coalesce(sum(commits), 0) from durable_task.worker");
            await fleet.UntilAsync(
                $"sum(commits) <> {commits} or {(starting.IsCompleted ? "true" : "false")} from durable_task.worker",
                "Nothing was committed between two cuts.");
        }
        await starting;

        await work.AssertSoundAsync();
        output.WriteLine($"{FaultSize.Cuts} cuts, {await fleet.CountAsync("fault.run")} runs of activities");
    }

    [NeedsTmpfsFact]
    public async Task A_full_disk_refuses_clients_and_ends_no_process_and_work_goes_on_when_there_is_room()
    {
        await using var disk = await SmallDisk.MountAsync(megabytes: 32);
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var fleet = await Fleet.StartAsync(
            await disk.CreateDatabaseAsync(cluster), hosts: 2, "lease=00:00:02");
        var work = new MixedWork(fleet);
        await work.StartAsync(40);

        disk.Fill();
        var starting = work.StartAsync(200);
        await Eventually.TrueAsync(
            () => Task.FromResult(fleet.Refusals.Any(
                refusal => refusal is PostgresException { SqlState: PostgresErrorCodes.DiskFull })),
            within: null, () => $"Nobody noticed that the disk is full.\n{fleet.Output()}");
        disk.Free();
        await starting;

        await work.AssertSoundAsync();
        Assert.DoesNotContain(fleet.Hosts, host => host.HasExited);
    }

    private static string Pooled(PostgresCluster cluster) =>
        new NpgsqlConnectionStringBuilder(cluster.Login("postgres")) { Database = "postgres" }.ConnectionString;
}
