using System.Diagnostics;
using Xunit.Abstractions;

namespace Assay.Faults;

/// <summary>Processes that end without notice while they work.</summary>
[Collection(nameof(Fleet))]
public sealed class KillTests(TestDatabase database, ITestOutputHelper output)
    : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Killed_at_random_moments_three_hosts_and_their_workers_lose_nothing_and_repeat_no_result()
    {
        var clock = Stopwatch.StartNew();
        var random = new Random(FaultSize.Seed);
        output.WriteLine($"seed {FaultSize.Seed}");
        // So many kills in so short a time can hit an innocent activity five times.
        await using var fleet = await Fleet.StartAsync(
            database.Administrator, hosts: 3, "lease=00:00:02", "maxDeaths=100", "maxAbandons=900");
        var work = new MixedWork(fleet);

        for (var kill = 1; kill <= FaultSize.Kills; kill++)
        {
            await work.StartAsync(FaultSize.Orchestrations / FaultSize.Kills);
            var target = await fleet.CountAsync("fault.run") + random.Next(1, 30);
            await fleet.UntilAsync(
                $"count(*) >= {target} or not exists (select from durable_task.activity) from fault.run",
                "There was no progress between two kills.");
            output.WriteLine($"kill {kill} after {clock.Elapsed.TotalSeconds:0.0} s: "
                + $"{await fleet.CountAsync("fault.run")} runs of activities, "
                + $"{await fleet.CountAsync("durable_task.activity")} open");
            var host = fleet.Hosts[random.Next(fleet.Hosts.Count)];
            if (random.Next(2) == 0)
                await fleet.ReplaceAsync(host);
            else
                await host.KillWorkerAsync();
        }

        await work.AssertSoundAsync();
        output.WriteLine(
            $"{FaultSize.Orchestrations} orchestrations, {FaultSize.Kills} kills: {clock.Elapsed.TotalSeconds:0.0} s, "
            + $"{await fleet.ValueAsync<long>("select count(*) - count(distinct (instance_id, step)) from fault.run")} "
            + "runs of activities again");
    }
}
