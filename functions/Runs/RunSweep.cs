using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>What an orchestration of a run is given.</summary>
public sealed record RunInput(Guid OrganizationId, Guid RunId);

/// <summary>
/// A run's row and the start of its orchestration cannot commit together. Where a process died between the two, this
/// starts the orchestration late, under the same id. It also starts again what ended without ending its run, because
/// the database was away for longer than the last step tries, or because the orchestration was purged. What somebody
/// terminated is not started against their will: its run is cancelled. And it admits what waits though there is room.
/// </summary>
public sealed class RunSweep(RunBacklog backlog, IServiceScopeFactory scopes, ILogger<RunSweep> logger)
{
    // A start that is merely under way gets this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // What runs for longer than this is looked at.
    private static readonly TimeSpan RunningPatience = TimeSpan.FromMinutes(1);

    private const int RunsMax = 500;

    /// <summary>The orchestration of each kind of run.</summary>
    public static readonly IReadOnlyDictionary<string, string> Orchestrations = new Dictionary<string, string>
    {
        ["ingest-document"] = nameof(DocumentIngestion.IngestDocument),
        ["analyze-prompt"] = nameof(AnalysisOrchestration.AnalyzePrompt),
        [ImportStore.RunKind] = nameof(ImportOrchestration.ImportBundle),
        [MartRefreshFunctions.RunKind] = nameof(MartRefreshFunctions.RefreshMarts),
        [SuggestionSearch.RunKind] = nameof(SuggestionSearch.FindSuggestions),
    };

    [Function(nameof(SweepQueuedRuns))]
    public async Task SweepQueuedRuns(
        [TimerTrigger("*/20 * * * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        foreach (var waiting in await backlog.ListWaitingAsync(Patience, RunsMax, cancellation))
            await AdmitAsync(durable, waiting, cancellation);

        foreach (var run in await backlog.ListQueuedAsync(Patience, RunsMax, cancellation))
        {
            var instance = await durable.GetInstanceAsync($"{run.Id}", cancellation);
            if (instance is { IsCompleted: false })
                continue;
            // One that was terminated before the run was recorded anew says nothing about it.
            if (IsTerminated(instance) && instance!.LastUpdatedAt > run.UpdatedAt)
                await CancelAsync(durable, run, cancellation);
            else if (await TryStartAsync(durable, run, cancellation))
                logger.LogWarning("Started {Kind} {RunId} late: it was recorded but never started", run.Kind, run.Id);
        }

        foreach (var run in await backlog.ListRunningAsync(RunningPatience, RunsMax, cancellation))
        {
            var instance = await durable.GetInstanceAsync($"{run.Id}", cancellation);
            if (instance is { IsCompleted: false })
                continue;
            if (IsTerminated(instance))
                await CancelAsync(durable, run, cancellation);
            else if (await TryStartAsync(durable, run, cancellation))
                logger.LogWarning("Started {Kind} {RunId} again: it ended without ending its run", run.Kind, run.Id);
        }
    }

    private static bool IsTerminated(OrchestrationMetadata? instance) =>
        instance is { RuntimeStatus: OrchestrationRuntimeStatus.Terminated };

    private async Task AdmitAsync(DurableTaskClient durable, WaitingRuns waiting, CancellationToken cancellation)
    {
        await using var scope = EnterScope(waiting.OrganizationId);
        await scope.ServiceProvider.GetRequiredService<RunStore>().AdmitAsync(waiting.Kind, cancellation);
        await durable.StartAsync(scope.ServiceProvider.GetRequiredService<AdmittedRuns>(), cancellation);
    }

    // Each run is its organization's, and a scope is one organization's.
    private AsyncServiceScope EnterScope(Guid organization)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<OrganizationScope>().Enter(organization);
        return scope;
    }

    private async Task CancelAsync(
        DurableTaskClient durable, UnfinishedRun unfinished, CancellationToken cancellation)
    {
        await using var scope = EnterScope(unfinished.OrganizationId);
        if (await scope.ServiceProvider.GetRequiredService<RunStore>().FindAsync(unfinished.Id, cancellation) is { } run
            && await scope.ServiceProvider.GetRequiredService<RunCancellation>()
                .TryCancelAsync(run, "The orchestration was terminated.", cancellation))
        {
            logger.LogWarning("Cancelled {Kind} {RunId}: its orchestration was terminated", run.Kind, run.Id);
        }
        await durable.StartAsync(scope.ServiceProvider.GetRequiredService<AdmittedRuns>(), cancellation);
    }

    private static async Task<bool> TryStartAsync(
        DurableTaskClient durable, UnfinishedRun run, CancellationToken cancellation)
    {
        if (!Orchestrations.TryGetValue(run.Kind, out var orchestration))
            return false;

        await durable.ScheduleNewOrchestrationInstanceAsync(
            orchestration,
            new RunInput(run.OrganizationId, run.Id),
            new StartOrchestrationOptions($"{run.Id}"),
            cancellation);
        return true;
    }
}
