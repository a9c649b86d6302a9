using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay;

public sealed class RateLimitsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly string subject = $"key:{Guid.CreateVersion7()}";

    // Each instance is what a process has. A permit is used between the call and its answer.
    [Fact]
    public async Task Processes_that_hammer_a_limit_are_never_admitted_more_often_in_any_window()
    {
        const int quota = 60;
        const int seconds = 3;
        RateLimit[] limits =
            [new("key", subject, quota, seconds), new("all", $"organization:{subject}", quota, seconds)];
        var admitted = new ConcurrentBag<(TimeSpan From, TimeSpan To)>();
        var watch = Stopwatch.StartNew();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var process = new RateLimits(database.Pools, TimeProvider.System);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                while (watch.Elapsed < TimeSpan.FromSeconds(3 * seconds))
                {
                    var from = watch.Elapsed;
                    if ((await process.TakeAsync(limits, None)).Admitted)
                        admitted.Add((from, watch.Elapsed));
                    else
                        await Task.Yield();
                }
            })));
        }));

        var window = TimeSpan.FromSeconds(seconds);
        Assert.All(admitted, first => Assert.InRange(
            admitted.Count(other => other.From >= first.From && other.To <= first.From + window), 1, quota));
        Assert.InRange(admitted.Count, 2 * quota, 4 * quota);
    }

    [Fact]
    public async Task Who_stays_below_a_limit_is_never_refused_whatever_process_answers()
    {
        RateLimit[] limits = [new("key", subject, 80, 60), new("day", subject, 1000, 86_400)];
        RateLimits[] processes =
            [.. Enumerable.Range(0, 4).Select(_ => new RateLimits(database.Pools, TimeProvider.System))];

        for (var n = 0; n < 60; n++)
        {
            var decision = await processes[n % 4].TakeAsync(limits, None);
            Assert.True(decision.Admitted, $"Refused after {n} with {decision.Tightest}");
        }

        Array.ForEach(processes, process => process.Dispose());
    }

    [Fact]
    public async Task Permits_taken_in_advance_and_not_used_are_given_back()
    {
        RateLimit[] limits = [new("key", subject, 64, 60)];
        using (var first = new RateLimits(database.Pools, TimeProvider.System))
        {
            for (var n = 0; n < 10; n++)
                Assert.True((await first.TakeAsync(limits, None)).Admitted);
        }

        await Eventually.TrueAsync(
            async () => await UsedAsync() == 10, null, () => "What was not used still counts.");

        Task<long> UsedAsync() => database.ValueAsync<long>(
            $"select sum(n) from ops.rate_limit_window, unnest(counts) n where subject = '{subject}'");
    }

    [Fact]
    public async Task A_refused_request_says_which_limit_refused_it_and_for_how_long()
    {
        RateLimit[] limits = [new("minute", subject, 2, 60), new("day", subject, 100, 86_400)];
        using var process = new RateLimits(database.Pools, TimeProvider.System);
        var first = await process.TakeAsync(limits, None);
        await process.TakeAsync(limits, None);

        var refused = await process.TakeAsync(limits, None);

        Assert.Equal([1, 99], first.States.Select(state => state.Remaining));
        Assert.False(refused.Admitted);
        Assert.Equal(("minute", 0), (refused.Tightest.Limit.Policy, refused.Tightest.Remaining));
        Assert.InRange(refused.Tightest.Reset.TotalSeconds, 50, 62);
    }

    [Fact]
    public async Task A_thousand_requests_share_few_round_trips()
    {
        var administrator = TestServer.Administrator;
        await using var proxy = new ProtocolCounter(administrator.Host!, administrator.Port);
        await using var pools = PoolsOn(new NpgsqlConnectionStringBuilder(database.App)
        {
            Host = "127.0.0.1",
            Port = proxy.Port,
            SslMode = SslMode.Disable,
        });
        using var process = new RateLimits(pools, TimeProvider.System);
        RateLimit[] limits = [new("minute", subject, 100_000, 60), new("day", subject, 1_000_000, 86_400)];
        await process.TakeAsync(limits, None);
        var before = proxy.RoundTrips;

        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            for (var n = 0; n < 100; n++)
                Assert.True((await process.TakeAsync(limits, None)).Admitted);
        }));

        Assert.InRange(proxy.RoundTrips - before, 1, 60);
    }

    [Fact]
    public async Task Without_the_database_nobody_is_admitted_or_refused()
    {
        await using var pools = PoolsOn(new NpgsqlConnectionStringBuilder(database.App) { Port = 1 });
        using var process = new RateLimits(pools, TimeProvider.System);

        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => process.TakeAsync([new("minute", subject, 5, 60)], None).AsTask());
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_others_their_permits()
    {
        RateLimit[] limits = [new("minute", subject, 5, 60)];
        using var process = new RateLimits(database.Pools, TimeProvider.System);
        using var gone = new CancellationTokenSource();

        var given = process.TakeAsync(limits, gone.Token).AsTask();
        var others = Enumerable.Range(0, 3).Select(_ => process.TakeAsync(limits, None).AsTask()).ToArray();
        await gone.CancelAsync();

        Assert.All(await Task.WhenAll(others), decision => Assert.True(decision.Admitted));
        await Task.WhenAny(given);
    }

    private DatabasePools PoolsOn(NpgsqlConnectionStringBuilder settings) => new(Options.Create(new DatabaseOptions
    {
        Database = settings.ConnectionString,
        JobDatabase = database.Job,
        DatabasePoolSize = 4,
    }));
}
