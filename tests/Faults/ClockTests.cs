using Npgsql;

namespace Assay.Faults;

/// <summary>Clocks that are set forward and back under those who read them.</summary>
[Collection(nameof(Fleet))]
public sealed class ClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [NeedsSettableClockFact]
    public async Task The_clocks_of_workers_may_be_wrong_and_jump()
    {
        using var clock = new SettableClock();
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var fleet = await Fleet.StartAsync(ConnectionString(cluster), hosts: 1, "lease=00:00:02");
        var first = await fleet.NumberAsync(fleet.Hosts[0]);
        var jumps = fleet.StartHost(clock.Environment);
        var number = await fleet.NumberAsync(jumps);
        var work = new MixedWork(fleet);

        foreach (var off in (TimeSpan[])[Hour, -Hour, TimeSpan.Zero])
        {
            clock.Set(off);
            // The other worker may be quicker.
            await Eventually.TrueAsync(
                async () =>
                {
                    await work.StartAsync(8);
                    return await fleet.ValueAsync<bool>(
                        $"""
                        select exists (
                            select from fault.run
                            where process = {jumps.WorkerId}
                                and local_at - began_at between '{off - TimeSpan.FromMinutes(1)}'
                                    and '{off + TimeSpan.FromMinutes(1)}')
                        """);
                },
                TimeSpan.FromSeconds(60), () => $"No activity ran at the worker when its clock was {off} off.");
        }

        await work.AssertSoundAsync();
        // Nobody lost a lease over it.
        Assert.Equal((first, number), (await fleet.NumberAsync(fleet.Hosts[0]), await fleet.NumberAsync(jumps)));
    }

    [NeedsSettableClockFact]
    public async Task The_clock_of_the_database_may_jump_and_a_worker_that_dies_then_is_noticed()
    {
        using var clock = new SettableClock();
        await using var cluster = await PostgresCluster.StartNewAsync(clock.Environment);
        await using var fleet = await Fleet.StartAsync(ConnectionString(cluster), hosts: 2, "lease=00:00:02");
        var work = new MixedWork(fleet);

        foreach (var off in (TimeSpan[])[Hour, TimeSpan.Zero])
        {
            await work.StartAsync(24);
            clock.Set(off);
            Assert.InRange(
                await fleet.ValueAsync<DateTime>("select clock_timestamp()"),
                DateTime.UtcNow + off - TimeSpan.FromMinutes(1), DateTime.UtcNow + off + TimeSpan.FromMinutes(1));
        }
        // Its lease ends in an hour by the clock that was set back.
        var dies = await fleet.NumberAsync(fleet.Hosts[0]);
        await fleet.ExecuteAsync(
            $"update durable_task.worker set lease_until = clock_timestamp() + interval '1 hour' where id = {dies}");
        await fleet.ReplaceAsync(fleet.Hosts[0]);
        await fleet.UntilNoneAsync($"durable_task.worker where id = {dies}", "Nobody noticed that the worker died.");
        // What was to happen within the hour that was there twice, happens now.
        clock.Set(2 * Hour);

        await work.AssertSoundAsync();
        Assert.DoesNotContain(fleet.Hosts, host => host.HasExited);
    }

    private static string ConnectionString(PostgresCluster cluster) =>
        new NpgsqlConnectionStringBuilder(cluster.Login("postgres")) { Database = "postgres" }.ConnectionString;
}
