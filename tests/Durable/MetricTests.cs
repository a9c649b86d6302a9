using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public class MetricTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task Activities_orchestrations_and_commits_are_measured()
    {
        await using var engine = database.NewEngine()
            .Orchestrator("Chain", async context =>
            {
                await context.CallActivityAsync("Work", 1);
                await context.CallActivityAsync("Break", 2);
            })
            .Activity<int, int>("Work", static x => x)
            .Activity<int, int>("Break", static int (_) => throw new InvalidOperationException());
        using var measured = new Measured(engine);
        await engine.StartAsync();

        await engine.RunAsync("Chain");

        Assert.Equal(["name=Work, outcome=completed", "name=Break, outcome=failed"],
            measured.Of("durable.activity.duration").Select(m => m.Tags));
        var run = Assert.Single(measured.Of("durable.orchestration.duration"));
        Assert.Equal("name=Chain, outcome=failed", run.Tags);
        Assert.InRange(run.Value, 0, 60);
        Assert.True(measured.Of("durable.commit.items").Sum(m => m.Value) >= 3);
    }

    [Fact]
    public async Task A_takeover_shows_as_a_lost_lease_and_as_replays()
    {
        var hub = $"hub{Guid.NewGuid():n}";
        await using var engine = database.NewEngine(hub)
            .Orchestrator("Waits", async context =>
            {
                context.SetCustomStatus("waits");
                await context.WaitForExternalEvent<string>("go");
            });
        using var measured = new Measured(engine);
        await engine.StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", CancellationToken.None);
        await engine.ReachesAsync(id, "waits");

        await database.ExecuteAsync($"select durable.release(id, false) from durable.worker where hub = '{hub}'");
        await engine.Client.RaiseEventAsync(id, "go", "now", CancellationToken.None);
        await engine.EndAsync(id);

        Assert.Contains(measured.Of("durable.polls"), m => m.Tags == "found=True");
        Assert.Single(measured.Of("durable.lease.losses"));
        Assert.Single(measured.Of("durable.replays"));
        Assert.Equal(1, measured.Of("durable.replay.entries").Sum(m => m.Value));
    }

    [Fact]
    public async Task Queues_are_measured_when_observed_and_then_only_now_and_then()
    {
        await using var engine = database.NewEngine();
        using var measured = new Measured(engine);
        await engine.StartAsync();
        await engine.StopAsync();
        await database.ExecuteAsync(
            $"""
            insert into durable.activity (hub, instance_key, step, name, queued_at)
            select '{engine.Hub}', -1, step, 'Left', now() - interval '90 s' from generate_series(1, 3) step
            """);

        measured.Observe();
        await database.ExecuteAsync($"delete from durable.activity where hub = '{engine.Hub}'");
        measured.Observe();

        Assert.Equal([3, 3], measured.Of("durable.queue.depth").Where(IsActivity).Select(m => m.Value));
        Assert.All(
            measured.Of("durable.queue.oldest_age").Where(IsActivity), age => Assert.InRange(age.Value, 90, 150));
        Assert.Contains(measured.Of("durable.queue.depth"), m => m is { Tags: "kind=message", Value: 0 });

        static bool IsActivity(Measurement m) => m.Tags == "kind=activity";
    }

    [Fact]
    public async Task What_this_process_runs_and_holds_ready_is_observed()
    {
        var gate = new TaskCompletionSource();
        await using var engine = database.NewEngine(configure: options => options.MaxConcurrentActivities = 2)
            .Orchestrator("FanOut", context => Task.WhenAll(
                Enumerable.Range(0, 5).Select(x => context.CallActivityAsync("Hang", x))))
            .Activity<int, int>("Hang", async (x, cancellation) =>
            {
                await gate.Task.WaitAsync(cancellation);
                return x;
            });
        using var measured = new Measured(engine);
        await engine.StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("FanOut", CancellationToken.None);

        await Eventually.TrueAsync(
            () =>
            {
                measured.Observe();
                return Task.FromResult(
                    measured.Of("durable.activities").TakeLast(2).Select(m => $"{m.Tags} {m.Value}")
                        .SequenceEqual(["state=running 2", "state=ready 3"])
                    && measured.Of("durable.activities.oldest_age").Last().Value > 0);
            },
            within: null, () => "The activities were not observed.");
        gate.SetResult();
        await engine.EndAsync(id);
    }

    private sealed record Measurement(string Instrument, double Value, string Tags);

    /// <summary>What one engine measures, whatever else runs in this process.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentQueue<Measurement> all = new();

        public Measured(TestEngine engine)
        {
            var meters = engine.Services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Meter.Name == DurableMeter.Name)
                    listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.Start();
        }

        public IEnumerable<Measurement> Of(string instrument) => all.Where(m => m.Instrument == instrument);

        public void Observe() => listener.RecordObservableInstruments();

        public void Dispose() => listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            all.Enqueue(new(
                instrument.Name, value,
                string.Join(", ", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
    }
}
