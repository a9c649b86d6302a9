using System.Diagnostics;
using Xunit.Abstractions;

namespace Assay;

/// <summary>Processes that end without notice while they work.</summary>
[Collection(nameof(Fleet))]
public sealed class KillTests(DurableTestDatabase database, ITestOutputHelper output)
    : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task Killed_at_random_moments_three_processes_lose_nothing_and_repeat_no_result()
    {
        var clock = Stopwatch.StartNew();
        var random = new Random(FaultSize.Seed);
        output.WriteLine($"seed {FaultSize.Seed}");
        // So many kills in so short a time can hit an innocent activity five times.
        await using var fleet = await Fleet.StartAsync(
            database.ConnectionString, workers: 3, "Lease=00:00:02", "ActivityAttemptsMax=20");
        var work = new MixedWork(fleet);

        for (var kill = 1; kill <= FaultSize.Kills; kill++)
        {
            await work.StartAsync(FaultSize.Orchestrations / FaultSize.Kills);
            var target = await fleet.CountAsync("fault.run") + random.Next(1, 30);
            await fleet.UntilAsync(
                $"count(*) >= {target} or not exists (select from durable.activity) from fault.run",
                "There was no progress between two kills.");
            output.WriteLine($"kill {kill} after {clock.Elapsed.TotalSeconds:0.0} s: "
                + $"{await fleet.CountAsync("fault.run")} runs of activities, "
                + $"{await fleet.CountAsync("durable.activity")} open");
            await fleet.ReplaceAsync(fleet.Workers[random.Next(fleet.Workers.Count)]);
        }

        await work.AssertSoundAsync();
        output.WriteLine(
            $"{FaultSize.Orchestrations} orchestrations, {FaultSize.Kills} kills: {clock.Elapsed.TotalSeconds:0.0} s, "
            + $"{await fleet.CountAsync("fault.run where attempt > 1")} activities run again");
    }
}
