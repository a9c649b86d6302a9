using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Ends runs before their time.</summary>
public sealed class RunControl(RunStore runs, RunCancellation cancellations, CurrentCaller caller)
{
    // What only some may start is not for others to end.
    private static readonly Dictionary<string, Role> LeastRoles = new()
    {
        [MartRefreshFunctions.RunKind] = Permissions.LeastRoles[Permissions.MartsWrite],
        [SuggestionSearch.RunKind] = Permissions.LeastRoles[Permissions.EntitiesAdmin],
    };

    /// <summary>Safe to repeat: a run that was cancelled before answers as it did then.</summary>
    [Function(nameof(CancelRun))]
    [Operation(Permissions.RunsWrite, Answer = typeof(RunDetail))]
    public async Task<IResult> CancelRun(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "runs/{id:guid}/cancel")] HttpRequest request,
        Guid id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        if (await runs.FindAsync(id, cancellation) is not { } run)
            return Problems.NotFound("run", id);
        if (LeastRoles.TryGetValue(run.Kind, out var least) && caller.Value.Role < least)
            return Problems.Forbidden($"This run is ended by the role {least}, as it is started.");

        // The rows first: what the orchestration still does finds them ended, and changes nothing.
        await cancellations.TryCancelAsync(run, "The run was cancelled.", cancellation);
        var ended = await runs.FindAsync(id, cancellation);
        if (ended?.Status != RunStatus.Cancelled)
            return Problems.Conflict($"The run has ended as {ended?.Status}; only a live one can be cancelled.");

        await TerminateAsync(durable, $"{id}", cancellation);
        await durable.StartAsync(runs.Admitted, cancellation);
        return Results.Json(ended, Json.Options);
    }

    private static async Task TerminateAsync(
        DurableTaskClient durable, string instanceId, CancellationToken cancellation)
    {
        try
        {
            await durable.TerminateInstanceAsync(instanceId, (object?)"The run was cancelled.", cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Refused for an orchestration that has ended, or that never began.
            if (await durable.GetInstanceAsync(instanceId, cancellation) is { IsCompleted: false })
                throw;
        }
    }
}
