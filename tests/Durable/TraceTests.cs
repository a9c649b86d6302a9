using System.Collections.Concurrent;
using System.Diagnostics;
using Assay.Local;
using Microsoft.DurableTask;
using Npgsql;

namespace Assay;

public class TraceTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task A_trace_leads_from_the_request_through_two_processes_to_the_statements()
    {
        using var trace = new RecordedTrace();
        var first = await NewEngine("traced").StartAsync();
        var id = await first.Client.ScheduleNewOrchestrationInstanceAsync("Parent", CancellationToken.None);
        await first.ReachesAsync(id, "waits");
        await first.DisposeAsync();

        await using var second = await NewEngine("traced").StartAsync();
        await second.Client.RaiseEventAsync(id, "go", "now", CancellationToken.None);
        await second.EndAsync(id);

        var create = await trace.SpanAsync("create_orchestration:Parent");
        var parent = await trace.SpanAsync("orchestration:Parent");
        var child = await trace.SpanAsync("orchestration:Child");
        Assert.Equal(trace.RootSpan, create.ParentSpanId);
        Assert.Equal(create.SpanId, parent.ParentSpanId);
        Assert.Equal(parent.SpanId, child.ParentSpanId);
        Assert.Equal(parent.SpanId, (await trace.SpanAsync("orchestration:Parent:timer")).ParentSpanId);
        Assert.Equal(trace.RootSpan, (await trace.SpanAsync("orchestration_event:go")).ParentSpanId);

        // One of them ran in each process; both know the span that is recorded only at the end.
        var reads = trace.Spans("activity:Read").ToList();
        Assert.Equal(
            [(parent.SpanId, "first"), (child.SpanId, "second")],
            reads.Select(read => (read.ParentSpanId, (string)read.GetBaggageItem("input")!)).ToArray());
        foreach (var read in reads)
            Assert.Contains(trace.All, span => span.Source.Name == "Npgsql" && span.ParentSpanId == read.SpanId);
    }

    [Fact]
    public async Task Spans_carry_the_names_and_tags_of_the_original_engine()
    {
        using var trace = new RecordedTrace();
        await using var engine = await database.NewEngine()
            .Orchestrator("Fails", context => context.CallActivityAsync("Throw", "x"))
            .Activity<string, string>("Throw", static string (_) => throw new InvalidOperationException("no luck"))
            .StartAsync();

        await engine.RunAsync("Fails", id: "tagged");

        var orchestration = await trace.SpanAsync("orchestration:Fails");
        Assert.Equal(ActivityKind.Server, orchestration.Kind);
        Assert.Equal("orchestration", orchestration.GetTagItem("durabletask.type"));
        Assert.Equal("Fails", orchestration.GetTagItem("durabletask.task.name"));
        Assert.Equal("tagged", orchestration.GetTagItem("durabletask.task.instance_id"));
        Assert.Equal("Failed", orchestration.GetTagItem("durabletask.task.status"));
        Assert.Equal(ActivityStatusCode.Error, orchestration.Status);

        var activity = await trace.SpanAsync("activity:Throw");
        Assert.Equal(0, activity.GetTagItem("durabletask.task.task_id"));
        Assert.Equal(1, activity.GetTagItem("durabletask.task.attempt"));
        Assert.Equal((ActivityStatusCode.Error, "no luck"), (activity.Status, activity.StatusDescription));
        Assert.True(activity.StartTimeUtc >= orchestration.StartTimeUtc);
        Assert.True(activity.StartTimeUtc + activity.Duration <= orchestration.StartTimeUtc + orchestration.Duration);
    }

    [Fact]
    public async Task Nothing_of_a_trace_is_stored_when_nobody_records_it()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Quiet", static _ => Task.FromResult("done"))
            .StartAsync();
        using var unrecorded = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

        await engine.RunAsync("Quiet", id: "untraced");

        Assert.True(await database.ValueAsync<bool>(
            "select trace_parent is null from durable.instance where instance_id = 'untraced'"));
    }

    private TestEngine NewEngine(string hub) => database.NewEngine(hub)
        .Orchestrator("Parent", async context =>
        {
            await context.CallActivityAsync("Read", "first");
            context.SetCustomStatus("waits");
            await context.WaitForExternalEvent<string>("go");
            await context.CreateTimer(context.CurrentUtcDateTime.AddMilliseconds(20), CancellationToken.None);
            await context.CallSubOrchestratorAsync("Child");
        })
        .Orchestrator("Child", context => context.CallActivityAsync("Read", "second"))
        .Activity<string, long>("Read", ReadAsync);

    private async Task<long> ReadAsync(string input, CancellationToken cancellation)
    {
        Activity.Current!.SetBaggage("input", input);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand("select 1::bigint");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Records one trace, whatever else runs in this process, from a span that stands for a request.</summary>
    private sealed class RecordedTrace : IDisposable
    {
        private readonly Activity root = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        private readonly ActivityListener listener = new();
        private readonly ConcurrentQueue<Activity> ended = new();

        public RecordedTrace()
        {
            root.ActivityTraceFlags = ActivityTraceFlags.Recorded;
            root.Start();
            listener.ShouldListenTo = source => source.Name is DurableTraces.SourceName or "Npgsql";
            listener.Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.TraceId == root.TraceId
                ? ActivitySamplingResult.AllDataAndRecorded
                : ActivitySamplingResult.None;
            listener.ActivityStopped = span =>
            {
                if (span.TraceId == root.TraceId)
                    ended.Enqueue(span);
            };
            ActivitySource.AddActivityListener(listener);
        }

        public ActivitySpanId RootSpan => root.SpanId;

        public IEnumerable<Activity> All => ended;

        public IEnumerable<Activity> Spans(string name) => ended.Where(span => span.OperationName == name);

        /// <summary>The only span of that name.</summary>
        public async Task<Activity> SpanAsync(string name)
        {
            await Eventually.TrueAsync(
                () => Task.FromResult(Spans(name).Any()), within: null, () => $"No span '{name}' ended.");
            return Assert.Single(Spans(name));
        }

        public void Dispose()
        {
            root.Dispose();
            listener.Dispose();
        }
    }
}
