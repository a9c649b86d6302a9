namespace Assay;

public sealed class RateLimitStoreTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Minute = 60;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Noon = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly RateLimitStore store = new(database.Pools);
    private readonly string subject = $"key:{Guid.CreateVersion7()}";

    [Fact]
    public async Task A_quota_is_used_up_and_comes_back_when_its_window_has_passed()
    {
        Assert.Equal(6, (await TakeAsync(Noon, quota: 10, needed: 6)).Count);
        Assert.Equal(4, (await TakeAsync(Noon.AddSeconds(30), quota: 10, needed: 6)).Count);

        var refused = await TakeAsync(Noon.AddSeconds(59), quota: 10);
        Assert.Equal((0, 0), (refused.Count, refused.States[0].Remaining));
        // The whole second that it was counted in has to leave, and the second after the window that a permit may be
        // used late.
        Assert.Equal(TimeSpan.FromSeconds(3), refused.States[0].Reset);
        Assert.Equal(0, (await TakeAsync(Noon.AddSeconds(61.9), quota: 10)).Count);

        var admitted = await TakeAsync(Noon.AddSeconds(62), quota: 10, needed: 100);
        Assert.Equal((6, 0), (admitted.Count, admitted.States[0].Remaining));
    }

    [Fact]
    public async Task Nothing_is_taken_of_any_limit_when_one_has_no_room()
    {
        RateLimit narrow = new("narrow", $"a-{subject}", 1, Minute), wide = new("wide", $"b-{subject}", 10, Minute);
        Assert.Equal(1, (await store.TakeAsync([wide, narrow], 1, 1, None, Noon)).Count);

        var refused = await store.TakeAsync([wide, narrow], 1, 1, None, Noon.AddSeconds(1));

        Assert.Equal(0, refused.Count);
        Assert.Equal([9, 0], refused.States.Select(state => state.Remaining));
        Assert.Equal(9, (await store.TakeAsync([wide], 20, 20, None, Noon.AddSeconds(2))).Count);
    }

    [Fact]
    public async Task What_is_wanted_in_advance_is_a_sixteenth_of_the_room_and_one_at_a_time_at_the_end()
    {
        Assert.Equal(20, (await TakeAsync(Noon, quota: 320, wanted: 1000)).Count);
        Assert.Equal(270, (await TakeAsync(Noon, quota: 320, needed: 270)).Count);
        Assert.Equal(1, (await TakeAsync(Noon, quota: 320, wanted: 1000)).Count);
    }

    [Fact]
    public async Task Permits_given_back_are_there_again_and_only_while_they_count()
    {
        var first = await TakeAsync(Noon, quota: 10, needed: 10);
        await store.ReturnAsync([Limit(10)], first.CountedIn, 4, None);
        Assert.Equal(4, (await TakeAsync(Noon.AddSeconds(5), quota: 10, needed: 10)).Count);

        Assert.Equal(6, (await TakeAsync(Noon.AddSeconds(63), quota: 10, needed: 10)).Count);
        await store.ReturnAsync([Limit(10)], first.CountedIn, 6, None);
        Assert.Equal(0, (await TakeAsync(Noon.AddSeconds(64), quota: 10)).Count);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_gives_nobody_more()
    {
        Assert.Equal(10, (await TakeAsync(Noon, quota: 10, needed: 10)).Count);
        Assert.Equal(0, (await TakeAsync(Noon.AddHours(-1), quota: 10)).Count);
        Assert.Equal(0, (await TakeAsync(Noon.AddSeconds(30), quota: 10)).Count);
        Assert.Equal(10, (await TakeAsync(Noon.AddSeconds(62), quota: 10, needed: 10)).Count);
    }

    [Fact]
    public async Task A_quota_that_is_lowered_below_what_was_used_refuses_until_there_is_room()
    {
        await TakeAsync(Noon, quota: 10, needed: 5);
        await TakeAsync(Noon.AddSeconds(20), quota: 10, needed: 5);

        var refused = await TakeAsync(Noon.AddSeconds(20), quota: 3);

        Assert.Equal((0, 0), (refused.Count, refused.States[0].Remaining));
        Assert.Equal(TimeSpan.FromSeconds(62), refused.States[0].Reset);
    }

    // Compared with every single permit, at random times: never too many, and never refused without need.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task In_no_window_are_there_more_than_the_quota(int seed)
    {
        const int quota = 20;
        var random = new Random(seed);
        var used = new List<double>();
        var now = 0.0;
        for (var n = 0; n < 400; n++)
        {
            now += random.NextDouble() * (random.Next(10) == 0 ? 40 : 4);
            var needed = random.Next(1, 6);
            var taken = await TakeAsync(Noon.AddSeconds(now), quota, needed);
            // The worst that a process may do: it uses them a sixtieth later.
            used.AddRange(Enumerable.Repeat(now + 0.999, taken.Count));

            Assert.InRange(used.Count(time => time > now + 0.999 - Minute), 0, quota);
            if (taken.Count < needed)
                Assert.True(used.Count(time => time - 0.999 > now - 62) >= quota);
        }
    }

    [Fact]
    public async Task Many_who_take_of_the_same_limits_in_any_order_neither_deadlock_nor_take_too_much()
    {
        const int quota = 500;
        RateLimit[] limits =
            [.. Enumerable.Range(0, 6).Select(n => new RateLimit($"{n}", $"{n}-{subject}", quota, 600))];
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(async seed =>
        {
            var random = new Random(seed);
            var sum = new int[limits.Length];
            for (var n = 0; n < 60; n++)
            {
                var some = limits.Where(_ => random.Next(2) == 0).ToArray();
                random.Shuffle(some);
                if (some.Length == 0)
                    continue;
                var count = (await store.TakeAsync(some, random.Next(1, 4), 50, None)).Count;
                foreach (var limit in some)
                    sum[int.Parse(limit.Policy)] += count;
            }
            return sum;
        }));

        Assert.All(limits.Select((_, n) => taken.Sum(sum => sum[n])), sum => Assert.InRange(sum, quota / 2, quota));
    }

    [Fact]
    public async Task Windows_in_which_nothing_counts_any_more_are_removed_and_others_stay()
    {
        await using var own = await TestDatabase.CreateAsync();
        var fresh = new RateLimitStore(own.Pools);
        var old = DateTimeOffset.UtcNow.AddSeconds(-63);
        await fresh.TakeAsync([Limit(10), Limit(10) with { Seconds = 3600 }], 1, 1, None, old);

        Assert.Equal(1, await own.Jobs.ValueAsync<int>("select ops.prune_rate_limits()", null, None));
        Assert.Equal(3600, await own.ValueAsync<int>("select seconds from ops.rate_limit_window"));
    }

    private RateLimit Limit(int quota) => new("key-minute", subject, quota, Minute);

    private Task<TakenPermits> TakeAsync(DateTimeOffset at, int quota, int needed = 1, int wanted = 1) =>
        store.TakeAsync([Limit(quota)], needed, wanted, None, at);
}
