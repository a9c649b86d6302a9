using Assay.Conformance;

namespace Assay;

/// <summary>Durable timers, soon, far and cancelled.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class TimerConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;

    [Theory]
    [InlineData("00:00:01")]
    [InlineData("00:00:00")]
    [InlineData("-1.00:00:00")]
    public async Task A_timer_fires_no_earlier_than_its_time_and_at_once_when_that_is_past(string delay) =>
        Assert.True(await client.OutputAsync<bool>(nameof(Timers.Sleeps), TimeSpan.Parse(delay)));

    [Theory]
    [InlineData(25)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public async Task A_timer_may_be_days_or_years_away(int days)
    {
        var id = await client.StartAsync(nameof(Timers.Sleeps), TimeSpan.FromDays(days));
        await client.ReachesAsync(id, "Running");

        await client.TerminateAsync(id);

        Assert.Equal("Terminated", (await client.EndAsync(id)).Status);
    }

    [Fact]
    public async Task A_cancelled_timer_throws_where_it_is_awaited_and_keeps_nobody_waiting()
    {
        var id = await client.StartAsync(nameof(Timers.Cancels));
        await client.ReachesAsync(id, "Running", "waiting");

        await client.RaiseAsync(id, "go", "");

        Assert.Equal("cancelled", ConformanceClient.Output<string>(await client.EndAsync(id)));
    }
}
