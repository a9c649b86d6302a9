using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>One node of an analysis, for the activity that runs it.</summary>
public sealed record AnalysisNode(Guid OrganizationId, Guid AnalysisId, string Key);

/// <summary>An analysis that cannot be completed, and why.</summary>
public sealed record AnalysisFailure(Guid OrganizationId, Guid AnalysisId, string Reason);

/// <summary>
/// Analyzes a prompt: the nodes that look at the prompt alone run side by side, a few at a time, then the result is put
/// together and stored. When one of them cannot end, the others still do, and the run fails with the reason.
/// </summary>
public sealed class AnalysisOrchestration(
    PromptAnalyzer analyzer, OrganizationScope organization, AdmittedRuns admitted)
{
    private const int NodesAtOnce = 3;

    // Outlasts a restart of Postgres.
    private static readonly TaskOptions Retried = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(20)));

    // Limits and keys may change meanwhile; and who is refused for longer than a day's limit lasts waits for too much.
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ContestedPauseMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WaitMax = TimeSpan.FromDays(2);

    [Function(nameof(AnalyzePrompt))]
    public static async Task AnalyzePrompt([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<RunInput>()!;
        string? failure;
        try
        {
            failure = await RunAsync(context, input);
        }
        catch (TaskFailedException fault)
        {
            // What an exception says is for the log: it may name hosts and statements that are no tenant's business.
            failure = $"{fault.TaskName} failed every time. The log tells why, by this id.";
        }

        if (failure is not null)
            await context.CallActivityAsync(
                nameof(FailAnalysis), new AnalysisFailure(input.OrganizationId, input.RunId, failure), Retried);
    }

    [Function(nameof(StartAnalysis))]
    public Task<bool> StartAnalysis([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        organization.Enter(input.OrganizationId);
        return analyzer.TryStartAsync(input.RunId, cancellation);
    }

    [Function(nameof(RunAnalysisNode))]
    public Task<NodeReport> RunAnalysisNode([ActivityTrigger] AnalysisNode node, CancellationToken cancellation)
    {
        organization.Enter(node.OrganizationId);
        return analyzer.RunNodeAsync(node.AnalysisId, node.Key, cancellation);
    }

    [Function(nameof(AggregateAnalysis))]
    public Task AggregateAnalysis([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        organization.Enter(input.OrganizationId);
        return analyzer.AggregateAsync(input.RunId, cancellation);
    }

    [Function(nameof(CompleteAnalysis))]
    public async Task CompleteAnalysis(
        [ActivityTrigger] RunInput input, [DurableClient] DurableTaskClient durable, CancellationToken cancellation)
    {
        organization.Enter(input.OrganizationId);
        await analyzer.CompleteAsync(input.RunId, cancellation);
        await durable.StartAsync(admitted, cancellation);
    }

    [Function(nameof(FailAnalysis))]
    public async Task FailAnalysis(
        [ActivityTrigger] AnalysisFailure failure, [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        organization.Enter(failure.OrganizationId);
        await analyzer.FailAsync(failure.AnalysisId, failure.Reason, cancellation);
        await durable.StartAsync(admitted, cancellation);
    }

    /// <summary>Why the analysis cannot be completed; null when it has been.</summary>
    private static async Task<string?> RunAsync(TaskOrchestrationContext context, RunInput input)
    {
        if (!await context.CallActivityAsync<bool>(nameof(StartAnalysis), input, Retried))
            return "The run had ended before the analysis began.";

        var reports = await context.ForEachAsync(
            AnalysisNodes.Independent, NodesAtOnce,
            key => RunNodeAsync(context, new AnalysisNode(input.OrganizationId, input.RunId, key)));
        var failed = reports.Where(report => report.Failure is not null).ToList();
        if (failed.Count > 0)
            return string.Join(' ', failed.Select(report => $"{report.Key}: {report.Failure}"));

        await context.CallActivityAsync(nameof(AggregateAnalysis), input, Retried);
        await context.CallActivityAsync(nameof(CompleteAnalysis), input, Retried);
        return null;
    }

    /// <summary>Runs a node again, for as long as a limit holds it up.</summary>
    private static async Task<NodeReport> RunNodeAsync(TaskOrchestrationContext context, AnalysisNode node)
    {
        var last = context.CurrentUtcDateTime + WaitMax;
        for (var pause = TimeSpan.FromSeconds(1); ; pause = Least(2 * pause, ContestedPauseMax))
        {
            var report = await context.CallActivityAsync<NodeReport>(nameof(RunAnalysisNode), node, Retried);
            if (report.RetryAfter is not { } reset || context.CurrentUtcDateTime >= last)
                return report;

            // Others wait for the same permits: whoever comes too late for them comes back less and less often.
            await context.CreateTimer(reset > pause ? Least(reset, PauseMax) : pause, CancellationToken.None);
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
