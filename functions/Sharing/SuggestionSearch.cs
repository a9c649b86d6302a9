using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>How a search that somebody asked for ended; no error is success.</summary>
public sealed record SuggestionSearchEnd(RunInput Run, string? Error);

/// <summary>Looks for suggestions, every night for all organizations and on demand for one. Safe to repeat.</summary>
public sealed class SuggestionSearch(
    SuggestionRefresh suggestions, SuggestionBacklog backlog, RunStore runs, OrganizationScope scope)
{
    public const string RunKind = "find-suggestions";

    public const string Node = "suggestions";

    private const int OrganizationsAtOnce = 4;
    private const int OrganizationsPerPart = 100;

    private static readonly TaskOptions Retried = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 3));

    [Function(nameof(FindSuggestionsNightly))]
    public Task FindSuggestionsNightly(
        [TimerTrigger("0 40 2 * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation) =>
        durable.ScheduleNewOrchestrationInstanceAsync(
            nameof(FindSuggestionsEverywhere), Guid.Empty, cancellation);

    /// <summary>Some organizations behind an id, and then, as a new execution, those behind them.</summary>
    [Function(nameof(FindSuggestionsEverywhere))]
    public static async Task FindSuggestionsEverywhere(
        [OrchestrationTrigger] TaskOrchestrationContext context, Guid after)
    {
        var some = await context.CallActivityAsync<Guid[]>(nameof(ListOrganizationsToSearch), after, Retried);
        foreach (var few in some.Chunk(OrganizationsAtOnce))
            await Task.WhenAll(few.Select(organization => SearchAsync(context, organization)));
        if (some.Length == OrganizationsPerPart)
            context.ContinueAsNew(some[^1]);
    }

    /// <summary>Those of one organization, which somebody asked for.</summary>
    [Function(nameof(FindSuggestions))]
    public static async Task FindSuggestions([OrchestrationTrigger] TaskOrchestrationContext context, RunInput run)
    {
        try
        {
            await context.CallActivityAsync(nameof(FindSuggestionsForRun), run, Retried);
        }
        catch (TaskFailedException failure)
        {
            var reason = $"{failure.TaskName} failed every time. The log tells why, by this id.";
            await context.CallActivityAsync(
                nameof(EndSuggestionSearch), new SuggestionSearchEnd(run, reason), Retried);
            throw;
        }
        await context.CallActivityAsync(nameof(EndSuggestionSearch), new SuggestionSearchEnd(run, null), Retried);
    }

    [Function(nameof(ListOrganizationsToSearch))]
    public async Task<Guid[]> ListOrganizationsToSearch(
        [ActivityTrigger] Guid after, CancellationToken cancellation) =>
        [.. await backlog.ListOrganizationsAsync(after, OrganizationsPerPart, cancellation)];

    [Function(nameof(FindSuggestionsOfOrganization))]
    public Task FindSuggestionsOfOrganization([ActivityTrigger] Guid organization, CancellationToken cancellation)
    {
        scope.Enter(organization);
        return suggestions.RefreshAsync(cancellation);
    }

    [Function(nameof(FindSuggestionsForRun))]
    public async Task FindSuggestionsForRun([ActivityTrigger] RunInput run, CancellationToken cancellation)
    {
        scope.Enter(run.OrganizationId);
        await runs.TryStartAsync(run.RunId, cancellation);
        var found = await runs.AttemptAsync(
            run.RunId, Node, () => suggestions.RefreshAsync(cancellation), cancellation);
        await runs.NodeFinishedAsync(
            run.RunId, Node, NodeOutcome.Ok(new JsonObject { ["found"] = found }), cancellation);
    }

    [Function(nameof(EndSuggestionSearch))]
    public async Task EndSuggestionSearch(
        [ActivityTrigger] SuggestionSearchEnd end, [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        scope.Enter(end.Run.OrganizationId);
        await runs.TryFinishAsync(
            end.Run.RunId, end.Error is null ? RunStatus.Succeeded : RunStatus.Failed, end.Error, cancellation);
        await durable.StartAsync(runs.Admitted, cancellation);
    }

    // What fails for one organization is not the others' trouble: the log has it, and tomorrow is another night.
    private static async Task SearchAsync(TaskOrchestrationContext context, Guid organization)
    {
        try
        {
            await context.CallActivityAsync(nameof(FindSuggestionsOfOrganization), organization, Retried);
        }
        catch (TaskFailedException)
        {
        }
    }
}
