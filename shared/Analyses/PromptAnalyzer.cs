using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay;

/// <param name="Failure">Why the node has nothing to say, in words for users; null when it ended well.</param>
/// <param name="RetryAfter">When the node has not ended: until it may have something to say.</param>
public sealed record NodeReport(string Key, string? Failure, TimeSpan? RetryAfter = null);

/// <summary>
/// The steps of an analysis as activities call them. All are safe to repeat: a node that has ended is not run again,
/// so that even a model's answer counts once, and the result is stored with the end of the run or not at all.
/// </summary>
public sealed class PromptAnalyzer
{
    private readonly Database database;
    private readonly AnalysisStore analyses;
    private readonly RunStore runs;
    private readonly UsageLog usage;
    private readonly PromptNodes nodes;
    private readonly ChatModel model;
    private readonly TimeProvider time;

    internal PromptAnalyzer(
        Database database, AnalysisStore analyses, RunStore runs, UsageLog usage, PromptNodes nodes,
        ChatModel model, TimeProvider time) =>
        (this.database, this.analyses, this.runs, this.usage, this.nodes, this.model, this.time) =
        (database, analyses, runs, usage, nodes, model, time);

    /// <summary>False when the run has ended, for instance because it was cancelled.</summary>
    public Task<bool> TryStartAsync(Guid id, CancellationToken cancellation) => runs.TryStartAsync(id, cancellation);

    public async Task<NodeReport> RunNodeAsync(Guid id, string key, CancellationToken cancellation)
    {
        var run = await GetRunAsync(id, cancellation);
        if (EndedNode(run, key) is { } ended)
            return ended;

        var input = await analyses.FindInputAsync(id, cancellation)
            ?? throw new InvalidOperationException($"There is no analysis {id}.");
        try
        {
            return await runs.AttemptAsync(id, key, () => FinishNodeAsync(id, key, input, cancellation), cancellation);
        }
        catch (RateLimitedException limited)
        {
            return new(key, limited.Message, limited.Reset);
        }
    }

    /// <summary>Scores the whole, chooses the patches and asks the questions.</summary>
    public async Task AggregateAsync(Guid id, CancellationToken cancellation)
    {
        var run = await GetRunAsync(id, cancellation);
        if (EndedNode(run, AnalysisNodes.Aggregate) is not null)
            return;

        await runs.AttemptAsync(
            id, AnalysisNodes.Aggregate, () => FinishAggregateAsync(id, AnalysisOutcome.Of(run), cancellation),
            cancellation);
    }

    /// <summary>Stores the result and ends the run, both or neither.</summary>
    public async Task CompleteAsync(Guid id, CancellationToken cancellation)
    {
        var run = await GetRunAsync(id, cancellation);
        var (outcome, aggregate) = (AnalysisOutcome.Of(run), AnalysisOutcome.AggregateOf(run));
        await runs.AttemptAsync(
            id, AnalysisNodes.Store, () => StoreAsync(run, outcome, aggregate, cancellation), cancellation);
    }

    /// <summary>Ends the analysis and its run with a reason. What its nodes found out stays to be looked at.</summary>
    public Task FailAsync(Guid id, string reason, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                if (!await analyses.TryFailAsync(transaction, id, reason, cancellation))
                    return;

                await usage.RecordAsync(transaction, new Usage("prompt-analysis", Error: reason), cancellation);
                await runs.TryFinishAsync(transaction, id, RunStatus.Failed, reason, cancellation);
            },
            cancellation);

    private async Task<NodeReport> FinishNodeAsync(
        Guid id, string key, AnalysisInput input, CancellationToken cancellation)
    {
        try
        {
            var result = await nodes.RunAsync(id, key, input, cancellation);
            if (result.Metrics.Count > 0)
                await runs.AddMetricsAsync(id, key, result.Metrics, cancellation);
            await runs.NodeFinishedAsync(id, key, result.Outcome, cancellation);
            return new(key, null);
        }
        catch (ChatModelException fault)
        {
            return await FailAsync(fault.Message);
        }
        catch (RegexMatchTimeoutException)
        {
            return await FailAsync("The text takes too long to be read.");
        }

        async Task<NodeReport> FailAsync(string reason)
        {
            await runs.NodeFinishedAsync(id, key, NodeOutcome.Error(reason), cancellation);
            return new(key, reason);
        }
    }

    private async Task FinishAggregateAsync(Guid id, AnalysisOutcome outcome, CancellationToken cancellation)
    {
        var aggregate = outcome.Aggregate();
        await runs.AddMetricsAsync(
            id, AnalysisNodes.Aggregate,
            [
                new("overall_score", aggregate.OverallScore),
                new("patches", aggregate.Patches.Count),
                new("questions", aggregate.Questions.Count),
            ],
            cancellation);
        await runs.NodeFinishedAsync(
            id, AnalysisNodes.Aggregate, NodeOutcome.Ok(AnalysisJson.Object(aggregate), aggregate.OverallScore),
            cancellation);
    }

    private Task StoreAsync(
        RunDetail run, AnalysisOutcome outcome, AggregateDetails aggregate, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var id = run.Id;
                var now = time.GetUtcNow();
                if (!await analyses.TryCompleteAsync(transaction, id, outcome, aggregate, now, cancellation))
                    return;

                await usage.RecordAsync(transaction, UsageOf(outcome, now - run.CreatedAt), cancellation);
                await runs.NodeFinishedAsync(transaction, id, AnalysisNodes.Store, NodeOutcome.Ok(), cancellation);
                await runs.TryFinishAsync(transaction, id, RunStatus.Succeeded, null, cancellation);
            },
            cancellation);

    private Usage UsageOf(AnalysisOutcome outcome, TimeSpan elapsed) => new(
        "prompt-analysis",
        model.Provider,
        model.Client is null ? null : model.Name,
        InputTokens: outcome.Metrics.Tokens,
        Elapsed: elapsed);

    private async Task<RunDetail> GetRunAsync(Guid id, CancellationToken cancellation) =>
        await runs.FindAsync(id, cancellation) ?? throw new InvalidOperationException($"There is no run {id}.");

    private static NodeReport? EndedNode(RunDetail run, string key)
    {
        var node = run.Nodes.AsArray().Single(node => (string?)node!["key"] == key)!;
        return (string?)node["status"] switch
        {
            NodeStatus.Pending or NodeStatus.Running => null,
            NodeStatus.Error => new(key, (string?)node["details"]?["reason"] ?? "The node failed."),
            _ => new(key, null),
        };
    }
}
