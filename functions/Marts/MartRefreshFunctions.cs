using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>
/// What a refresh reports to: the run of an organization that asked for it, or nobody at night. Reads a
/// <see cref="RunInput"/> as well, which is what runs are started with.
/// </summary>
public sealed record MartRefresh(Guid? OrganizationId, Guid? RunId);

/// <summary>One node of a refresh: a mart, or the partitions.</summary>
public sealed record MartRefreshNode(MartRefresh Refresh, string Key);

/// <summary>How a refresh ended; no error is success.</summary>
public sealed record MartRefreshEnd(MartRefresh Refresh, string? Error);

/// <summary>Brings all marts up to date, every night and on demand.</summary>
public sealed class MartRefreshFunctions(
    MartRollup rollup, RunStore runs, Settings settings, Database database, OrganizationScope scope, TimeProvider time)
{
    public const string RunKind = "refresh-marts";

    private const string Partitions = "partitions";

    private const int MartsAtOnce = 3;

    private static readonly TaskOptions Retried = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 3));

    [Function(nameof(RefreshMartsNightly))]
    public Task RefreshMartsNightly(
        [TimerTrigger("%RollupSchedule%")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation) =>
        durable.ScheduleNewOrchestrationInstanceAsync(
            nameof(RefreshMarts), new MartRefresh(null, null), cancellation);

    [Function(nameof(RefreshMartsNow))]
    [Operation(Permissions.MartsWrite, Answer = typeof(AcceptedRun), Status = 202)]
    public async Task<IResult> RefreshMartsNow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "marts/refresh")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var organization = scope.Id!.Value;
        var run = new NewRun(
            Guid.CreateVersion7(time.GetUtcNow()), RunKind, "organization", organization,
            [Partitions, .. MartRollup.Marts]);
        await database.InTransactionAsync(
            transaction => runs.CreateAsync(transaction, run, cancellation), cancellation);

        await durable.StartAsync(runs.Admitted, cancellation);
        return Runs.Accepted(run.Id);
    }

    [Function(nameof(RefreshMarts))]
    public static async Task RefreshMarts(
        [OrchestrationTrigger] TaskOrchestrationContext context, MartRefresh refresh)
    {
        try
        {
            await context.CallActivityAsync(nameof(RefreshMart), new MartRefreshNode(refresh, Partitions), Retried);
            await context.ForEachAsync(
                MartRollup.Marts, MartsAtOnce,
                mart => context.CallActivityAsync(nameof(RefreshMart), new MartRefreshNode(refresh, mart), Retried));
        }
        catch (TaskFailedException failure)
        {
            var reason = $"{failure.TaskName} failed every time. The log tells why, by this id.";
            await context.CallActivityAsync(nameof(EndMartRefresh), new MartRefreshEnd(refresh, reason), Retried);
            throw;
        }
        await context.CallActivityAsync(nameof(EndMartRefresh), new MartRefreshEnd(refresh, null), Retried);
    }

    /// <summary>Safe to repeat, as a rollup is.</summary>
    [Function(nameof(RefreshMart))]
    public async Task RefreshMart([ActivityTrigger] MartRefreshNode node, CancellationToken cancellation)
    {
        if (EnterRun(node.Refresh) is not { } run)
        {
            await RefreshAsync(node.Key, cancellation);
            if (node.Key == Partitions)
                await RetireAsync(cancellation);
            return;
        }

        await runs.TryStartAsync(run, cancellation);
        var changed = await runs.AttemptAsync(
            run, node.Key, () => RefreshAsync(node.Key, cancellation), cancellation);
        await runs.NodeFinishedAsync(
            run, node.Key, NodeOutcome.Ok(new JsonObject { ["changed"] = changed }), cancellation);
    }

    [Function(nameof(EndMartRefresh))]
    public async Task EndMartRefresh(
        [ActivityTrigger] MartRefreshEnd end, [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        if (EnterRun(end.Refresh) is { } run)
            await runs.TryFinishAsync(
                run, end.Error is null ? RunStatus.Succeeded : RunStatus.Failed, end.Error, cancellation);
        await durable.StartAsync(runs.Admitted, cancellation);
    }

    private Guid? EnterRun(MartRefresh refresh)
    {
        if (refresh.OrganizationId is { } organization)
            scope.Enter(organization);
        return refresh.RunId;
    }

    private Task<int> RefreshAsync(string key, CancellationToken cancellation) => key == Partitions
        ? rollup.KeepPartitionsAheadAsync(Today(), cancellation)
        : rollup.RefreshAsync(key, cancellation);

    /// <summary>At night only, where no organization's settings are in the scope.</summary>
    private async Task RetireAsync(CancellationToken cancellation)
    {
        var values = await settings.SnapshotAsync(cancellation);
        await rollup.RetirePartitionsAsync(
            Today(), values.Get(KnownSettings.EventMonthsKept), values.Get(KnownSettings.UsageDaysKept), cancellation);
    }

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
