using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>
/// Waits for the decision on a request to move a label, each by an orchestration under the request's id: halfway it
/// asks once more, at the end it gives up. What is decided is in the row; the event only ends the waiting.
/// </summary>
public sealed class LabelApproval(LabelBacklog backlog)
{
    private const int RequestsMax = 500;

    private const string Decided = "decided";

    private static readonly TaskOptions Stubborn = TaskOptions.FromRetryPolicy(
        new RetryPolicy(1000, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(5)));

    /// <summary>Begins to wait for what was asked for since. Safe to repeat: the ids are the same.</summary>
    [Function(nameof(StartLabelApprovals))]
    public async Task StartLabelApprovals(
        [TimerTrigger("5/30 * * * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var waiting = await backlog.ListNotStartedAsync(RequestsMax, cancellation);
        foreach (var request in waiting)
            await durable.StartUnlessLiveAsync(nameof(WaitForLabelDecision), request, $"{request.Id}", cancellation);
        if (waiting.Count > 0)
            await backlog.StartedAsync([.. waiting.Select(request => request.Id)], cancellation);
    }

    [Function(nameof(WaitForLabelDecision))]
    public static async Task WaitForLabelDecision(
        [OrchestrationTrigger] TaskOrchestrationContext context, WaitingRequest request)
    {
        using var over = new CancellationTokenSource();
        var decided = context.WaitForExternalEvent<bool>(Decided, over.Token);
        var halfway = request.CreatedAt + (request.ExpiresAt - request.CreatedAt) / 2;
        foreach (var (at, activity) in new[]
            {
                (halfway, nameof(EscalateLabelRequest)), (request.ExpiresAt, nameof(ExpireLabelRequest)),
            })
        {
            using var early = new CancellationTokenSource();
            var timer = context.CreateTimer(at.UtcDateTime, early.Token);
            if (await Task.WhenAny(decided, timer) == decided)
            {
                End(early);
                return;
            }
            await context.CallActivityAsync(activity, request.Id, Stubborn);
        }
        End(over);
    }

    // At once: an orchestration that awaits anything but its context's tasks, as CancelAsync() asks for, never goes on.
    private static void End(CancellationTokenSource waiting) => waiting.Cancel();

    [Function(nameof(EscalateLabelRequest))]
    public Task EscalateLabelRequest([ActivityTrigger] Guid id, CancellationToken cancellation) =>
        backlog.EscalateAsync(id, cancellation);

    [Function(nameof(ExpireLabelRequest))]
    public Task ExpireLabelRequest([ActivityTrigger] Guid id, CancellationToken cancellation) =>
        backlog.ExpireAsync(id, cancellation);

    /// <summary>Ends the waiting for what is decided, if it has begun.</summary>
    internal static async Task DecidedAsync(DurableTaskClient durable, Guid id, CancellationToken cancellation)
    {
        if (!await IsWaitingAsync())
            return;
        try
        {
            await durable.RaiseEventAsync($"{id}", Decided, (object?)true, cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Refused for one that has ended meanwhile.
            if (await IsWaitingAsync())
                throw;
        }

        async Task<bool> IsWaitingAsync() =>
            await durable.GetInstanceAsync($"{id}", cancellation) is { IsCompleted: false };
    }
}
