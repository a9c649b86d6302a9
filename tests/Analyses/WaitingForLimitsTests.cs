using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Assay;

/// <summary>A node that a provider's limit holds up, by a clock that moves only with timers.</summary>
public sealed class WaitingForLimitsTests
{
    private const string Reason = "The limit of a day is used up.";

    [Fact]
    public async Task A_node_that_a_limit_holds_up_is_given_up_after_two_days_and_no_sooner()
    {
        var context = new Waits(_ => Limited(TimeSpan.FromHours(1)));

        await AnalysisOrchestration.AnalyzePrompt(context);

        Assert.InRange(context.Waited, TimeSpan.FromDays(2), TimeSpan.FromDays(2) + TimeSpan.FromMinutes(15));
        Assert.InRange(context.Attempts, 2 * 24 * 4, 2 * 24 * 4 + 2);
        Assert.Equal($"{AnalysisNodes.Judge}: {Reason}", context.Failure?.Reason);
        Assert.Equal([nameof(AnalysisOrchestration.StartAnalysis), nameof(AnalysisOrchestration.FailAnalysis)],
            context.Steps);
    }

    [Fact]
    public async Task A_day_s_limit_that_ends_late_is_waited_for()
    {
        var context = new Waits(waited =>
            waited < TimeSpan.FromHours(47) ? Limited(TimeSpan.FromMinutes(40)) : new(AnalysisNodes.Judge, null));

        await AnalysisOrchestration.AnalyzePrompt(context);

        Assert.Null(context.Failure);
        Assert.Equal(nameof(AnalysisOrchestration.CompleteAnalysis), context.Steps[^1]);
    }

    private static NodeReport Limited(TimeSpan reset) => new(AnalysisNodes.Judge, Reason, reset);

    /// <param name="judge">What the judge reports after some waiting; other nodes end at once.</param>
    private sealed class Waits(Func<TimeSpan, NodeReport> judge) : TaskOrchestrationContext
    {
        private static readonly DateTime began = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

        private DateTime now = began;

        public TimeSpan Waited => now - began;

        public int Attempts { get; private set; }

        /// <summary>Activities other than nodes.</summary>
        public List<string> Steps { get; } = [];

        public AnalysisFailure? Failure { get; private set; }

        public override TaskName Name => nameof(AnalysisOrchestration.AnalyzePrompt);

        public override string InstanceId => "1";

        public override ParentOrchestrationInstance? Parent => null;

        public override DateTime CurrentUtcDateTime => now;

        public override bool IsReplaying => false;

        protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

        public override T? GetInput<T>()
            where T : default => (T)(object)new RunInput(Guid.CreateVersion7(), Guid.CreateVersion7());

        public override Task<TResult> CallActivityAsync<TResult>(
            TaskName name, object? input = null, TaskOptions? options = null) =>
            Task.FromResult((TResult)Call(name.Name, input)!);

        public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
        {
            now = fireAt;
            return Task.CompletedTask;
        }

        public override Task<TResult> CallSubOrchestratorAsync<TResult>(
            TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
            throw new NotSupportedException();

        public override Task<T> WaitForExternalEvent<T>(
            string eventName, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public override void SendEvent(string instanceId, string eventName, object payload) =>
            throw new NotSupportedException();

        public override void SetCustomStatus(object? customStatus) => throw new NotSupportedException();

        public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
            throw new NotSupportedException();

        public override Guid NewGuid() => throw new NotSupportedException();

        private object? Call(string name, object? input)
        {
            if (input is AnalysisNode { Key: AnalysisNodes.Judge })
            {
                Attempts++;
                return judge(Waited);
            }
            if (input is AnalysisNode node)
                return new NodeReport(node.Key, null);
            Steps.Add(name);
            Failure = input as AnalysisFailure ?? Failure;
            return name == nameof(AnalysisOrchestration.StartAnalysis) ? true : null;
        }
    }
}
