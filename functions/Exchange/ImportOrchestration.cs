using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay;

/// <summary>An import that cannot be ended, and why.</summary>
public sealed record FailedImport(RunInput Run, string Reason);

/// <summary>
/// Brings a bundle in, batch by batch. How far it is stands in the import's row, so that it goes on from there whatever
/// happened to the process.
/// </summary>
public sealed class ImportOrchestration(
    ImportStore imports, ImportFiles files, RunStore runs, OrganizationScope scope, TimeProvider time)
{
    // As a history that is read again with every step stays short.
    private const int BatchesMax = 100;

    // Outlasts a restart of Postgres.
    private static readonly TaskOptions Retried = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(20)));

    [Function(nameof(ImportBundle))]
    public static async Task ImportBundle([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<RunInput>()!;
        try
        {
            for (var batches = 0; await context.CallActivityAsync<bool>(nameof(ImportBatch), input, Retried); batches++)
                if (batches == BatchesMax)
                {
                    context.ContinueAsNew(input);
                    return;
                }
            await context.CallActivityAsync(nameof(CompleteImport), input, Retried);
        }
        catch (TaskFailedException failure)
        {
            // What an exception says is for the log: it may name hosts and statements.
            var reason = $"{failure.TaskName} failed every time. The log tells why, by this id.";
            await context.CallActivityAsync(nameof(FailImport), new FailedImport(input, reason), Retried);
        }
    }

    /// <summary>The next batch; of a bundle that is only tried out, all of it. False when there is no other.</summary>
    [Function(nameof(ImportBatch))]
    public async Task<bool> ImportBatch([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        var import = await EnterAsync(input, cancellation);
        if (!await runs.TryStartAsync(import.Id, cancellation) || import.Position == import.Bytes)
            return false;

        await using var bundle = await files.OpenAsync(input.OrganizationId, import.Id, import.Position, cancellation);
        var reader = new BatchReader(bundle, import, time.GetUtcNow());
        if (import.DryRun)
        {
            await imports.TryOutAsync(import, reader.ReadAllAsync(cancellation), cancellation);
            return false;
        }
        if (await reader.ReadAsync(cancellation) is not { } batch)
            return false;
        await MoveToAsync(import, batch.Kind, cancellation);
        if (await imports.TryApplyAsync(import, batch, cancellation) is { } after)
            await runs.AddMetricsAsync(import.Id, null, Figures(after), cancellation);
        return batch.End < import.Bytes;
    }

    [Function(nameof(CompleteImport))]
    public async Task CompleteImport([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        var import = await EnterAsync(input, cancellation);
        foreach (var kind in BundleKind.All)
            await runs.NodeFinishedAsync(import.Id, kind, NodeOutcome.Ok(), cancellation);
        await runs.AddMetricsAsync(import.Id, null, Figures(import), cancellation);
        await runs.TryFinishAsync(import.Id, RunStatus.Succeeded, null, cancellation);
        await files.DeleteAsync(input.OrganizationId, import.Id, cancellation);
    }

    [Function(nameof(FailImport))]
    public async Task FailImport([ActivityTrigger] FailedImport failed, CancellationToken cancellation)
    {
        var import = await EnterAsync(failed.Run, cancellation);
        await runs.TryFinishAsync(import.Id, RunStatus.Failed, failed.Reason, cancellation);
    }

    // From here on whoever imports acts: what is made is theirs, and what they do not see stays as it is.
    private async Task<Import> EnterAsync(RunInput input, CancellationToken cancellation)
    {
        scope.Enter(input.OrganizationId);
        var import = (await imports.FindAsync(input.RunId, cancellation))!;
        if (import.UserId is { } user)
            scope.Enter(input.OrganizationId, new Actor(ActorKind.User, user, user));
        return import;
    }

    // Kinds follow each other: where one begins, those before it are done.
    private async Task MoveToAsync(Import import, string? kind, CancellationToken cancellation)
    {
        if (kind is null || kind == import.Kind)
            return;
        foreach (var done in BundleKind.All.TakeWhile(one => one != kind))
            await runs.NodeFinishedAsync(import.Id, done, NodeOutcome.Ok(), cancellation);
        await runs.NodeStartedAsync(import.Id, kind, cancellation);
    }

    private static IReadOnlyList<RunMetric> Figures(Import import) =>
    [
        new("created", import.Created), new("changed", import.Changed), new("skipped", import.Skipped),
        new("failed", import.Failed), new("lines", import.Line), new("share", (double)import.Position / import.Bytes),
        new("errors", Json: import.Errors.DeepClone()),
    ];
}
