using System.Net;
using System.Net.Http.Json;
using Assay.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class TimerTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly Invocations invocations = new();

    public async Task InitializeAsync() => await database.ExecuteAsync(
        """
        do $$
        begin
            if to_regclass('durable.timer_status') is not null then
                delete from durable.timer_status;
            end if;
        end $$
        """);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_tick_fires_once_across_processes()
    {
        await using var one = await StartAsync(typeof(EverySecondFunctions));
        await using var two = await StartAsync(typeof(EverySecondFunctions));
        await using var three = await StartAsync(typeof(EverySecondFunctions));

        await Eventually.TrueAsync(
            () => Task.FromResult(invocations.Of<Tick>().Count >= 4), null, () => "The timer did not fire.");

        var due = invocations.Of<Tick>().Select(tick => tick.Status!.Next).ToArray();
        Assert.Equal(due.Distinct(), due);
    }

    [Fact]
    public async Task Another_process_goes_on_when_one_stops()
    {
        var one = await StartAsync(typeof(EverySecondFunctions));
        await using var two = await StartAsync(typeof(EverySecondFunctions));
        await invocations.FirstAsync<Tick>();
        await one.DisposeAsync();
        var before = invocations.Of<Tick>().Count;

        await Eventually.TrueAsync(
            () => Task.FromResult(invocations.Of<Tick>().Count > before), null, () => "Nothing fired any more.");
    }

    [Fact]
    public async Task A_missed_tick_fires_once_at_start_and_says_so()
    {
        await using (await StartAsync(typeof(DailyFunctions)))
            await StatusExistsAsync("Daily");
        await database.ExecuteAsync(
            "update durable.timer_status set next_at = '2020-01-02T03:00:00Z', last_at = '2020-01-01T03:00:00Z'");

        await using var host = await StartAsync(typeof(DailyFunctions));

        var tick = await invocations.FirstAsync<Tick>();
        Assert.Equal("Daily", tick.Function);
        Assert.True(tick.IsPastDue);
        Assert.Equal(new DateTime(2020, 1, 2, 3, 0, 0, DateTimeKind.Utc), tick.Status!.Next);
        Assert.Equal(new DateTime(2020, 1, 1, 3, 0, 0, DateTimeKind.Utc), tick.Status.Last);
        await Eventually.TrueAsync(
            () => database.ValueAsync<bool>(
                """
                select next_at > now() and last_at > now() - interval '1 minute'
                from durable.timer_status where function_name = 'Daily'
                """),
            null, () => "The run was not recorded.");
        Assert.Single(invocations.Of<Tick>());
    }

    [Fact]
    public async Task A_changed_schedule_counts_from_the_last_run()
    {
        await using (await StartAsync(typeof(DailyFunctions)))
            await StatusExistsAsync("Daily");

        await using var host = await StartAsync(typeof(DailyFunctions), ("DailySchedule", "0 30 4 * * *"));

        await Eventually.TrueAsync(
            () => database.ValueAsync<bool>(
                """
                select schedule = '0 30 4 * * *' and to_char(next_at at time zone 'utc', 'HH24:MI') = '04:30'
                from durable.timer_status where function_name = 'Daily'
                """),
            null, () => "The next run did not change.");
        Assert.Empty(invocations.Of<Tick>());
    }

    [Fact]
    public async Task A_timer_can_run_on_startup_and_keeps_its_schedule()
    {
        await using var host = await StartAsync(typeof(StartupFunctions));

        await invocations.FirstAsync<Tick>();
        await Eventually.TrueAsync(
            async () => await database.ValueAsync<bool>(
                "select last_at is not null and to_char(next_at, 'MM-DD') = '02-29' from durable.timer_status"),
            null, () => "The run was not recorded.");
    }

    [Fact]
    public async Task A_run_never_overlaps_another_of_its_timer()
    {
        await using var one = await StartAsync(typeof(SlowFunctions));
        await using var two = await StartAsync(typeof(SlowFunctions));

        await Eventually.TrueAsync(
            () => Task.FromResult(invocations.Of<object>().Count >= 3), null, () => "The timer did not fire.");

        Assert.All(invocations.Of<object>(), running => Assert.Equal(1, running));
    }

    [Fact]
    public async Task A_timer_that_fails_fires_again()
    {
        await using var host = await StartAsync(typeof(FailingTimerFunctions));

        await Eventually.TrueAsync(
            () => Task.FromResult(invocations.Of<Tick>().Count >= 2), null, () => "The timer did not fire again.");
    }

    [Fact]
    public async Task A_timer_runs_now_when_asked()
    {
        await using var host = await StartAsync(typeof(DailyFunctions));

        var response = await host.Client.PostAsJsonAsync("/admin/functions/daily", new { });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.False((await invocations.FirstAsync<Tick>()).IsPastDue);
    }

    [Fact]
    public async Task Timers_wait_for_a_database_that_is_away()
    {
        await using var host = await StartAsync(
            typeof(EverySecondFunctions), ("DurableDatabase", "Host=127.0.0.1;Port=1;Username=nobody;Timeout=1"));

        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/admin/host/status")).StatusCode);
        Assert.Empty(invocations.Of<Tick>());
    }

    private Task StatusExistsAsync(string function) => Eventually.TrueAsync(
        async () => await database.ValueAsync<bool>(
            $"select exists (select from durable.timer_status where function_name = '{function}')"),
        null, () => "The timer's status was not stored.");

    private Task<FunctionsTestHost> StartAsync(Type functions, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>(database.Settings)
        {
            ["EverySecond"] = "* * * * * *",
            ["DailySchedule"] = "0 0 3 * * *",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return FunctionsTestHost.StartAsync([functions], all, builder => builder.Services.AddSingleton(invocations));
    }
}
