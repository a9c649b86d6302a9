using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

internal static class OrchestrationStart
{
    /// <summary>
    /// Starts the runs that this invocation admitted. Where a process dies before that, the sweep of queued runs starts
    /// them late, under the same ids.
    /// </summary>
    public static async Task StartAsync(
        this DurableTaskClient durable, AdmittedRuns admitted, CancellationToken cancellation)
    {
        while (admitted.TryTake(out var run))
            if (RunSweep.Orchestrations.TryGetValue(run.Kind, out var orchestration))
                await durable.StartUnlessLiveAsync(
                    orchestration, new RunInput(run.OrganizationId, run.Id), $"{run.Id}", cancellation);
    }

    /// <summary>
    /// Starts an orchestration, unless one of this id is under way: another process began it at the same time, or this
    /// one did before it died.
    /// </summary>
    public static async Task StartUnlessLiveAsync(
        this DurableTaskClient durable, string name, object input, string id, CancellationToken cancellation)
    {
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(
                name, input, new StartOrchestrationOptions(id), cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // The type that says "exists already" belongs to a package that functions do not see.
            if (await durable.GetInstanceAsync(id, cancellation) is not { IsCompleted: false })
                throw;
        }
    }
}
