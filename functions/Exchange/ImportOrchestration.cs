using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>An import that cannot be ended, and why.</summary>
public sealed record FailedImport(RunInput Run, string Reason);

/// <summary>
/// Brings a bundle in, batch by batch. How far it is stands in the import's row, so that it goes on from there whatever
/// happened to the process.
/// </summary>
public sealed class ImportOrchestration(
    ImportStore imports, ImportFiles files, RunStore runs, OrganizationScope scope, StandingCallers callers,
    TimeProvider time)
{
    // As a history that is read again with every step stays short.
    private const int BatchesMax = 100;

    // Outlasts a restart of Postgres.
    private static readonly TaskOptions Retried = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 8, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(20)));

    private const string NoLongerAllowed =
        "Who began it may not change entities any more: they left the organization or have another role, or the API "
        + "key was revoked or has expired.";

    private static readonly string TooManyFailed =
        $"More than {Import.FailedMax:N0} entities, relationships, labels and lines cannot be brought. The errors tell "
        + $"of the first {ImportError.Max:N0}.";

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

    /// <summary>
    /// The next batch, with the rights that whoever began has now; of a bundle that is only tried out, all of it. False
    /// when there is no other.
    /// </summary>
    [Function(nameof(ImportBatch))]
    public async Task<bool> ImportBatch(
        [ActivityTrigger] RunInput input, [DurableClient] DurableTaskClient durable, CancellationToken cancellation)
    {
        var import = await EnterAsync(input, cancellation);
        if (!await runs.TryStartAsync(import.Id, cancellation) || import.Position == import.Bytes)
            return false;
        var caller = await callers.FindAsync(import.Began, cancellation);
        if (caller?.May(Permissions.EntitiesWrite) is not true)
            return await GiveUpAsync(import, NoLongerAllowed, durable, cancellation);

        await using var bundle = await files.OpenAsync(input.OrganizationId, import.Id, import.Position, cancellation);
        var reader = new BatchReader(bundle, import, time.GetUtcNow());
        var after = await BringAsync(import, reader, caller.May(Permissions.EntitiesAdmin), cancellation);
        return after switch
        {
            { Failed: > Import.FailedMax } => await GiveUpAsync(after, TooManyFailed, durable, cancellation),
            { DryRun: true } => false,
            _ => after is null || after.Position < after.Bytes,
        };
    }

    [Function(nameof(CompleteImport))]
    public async Task CompleteImport(
        [ActivityTrigger] RunInput input, [DurableClient] DurableTaskClient durable, CancellationToken cancellation)
    {
        var import = await EnterAsync(input, cancellation);
        foreach (var kind in BundleKind.All)
            await runs.NodeFinishedAsync(import.Id, kind, NodeOutcome.Ok(), cancellation);
        await runs.AddMetricsAsync(import.Id, null, Figures(import), cancellation);
        await runs.TryFinishAsync(import.Id, RunStatus.Succeeded, null, cancellation);
        await durable.StartAsync(runs.Admitted, cancellation);
        await files.DeleteAsync(input.OrganizationId, import.Id, cancellation);
    }

    [Function(nameof(FailImport))]
    public async Task FailImport(
        [ActivityTrigger] FailedImport failed, [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var import = await EnterAsync(failed.Run, cancellation);
        await runs.TryFinishAsync(import.Id, RunStatus.Failed, failed.Reason, cancellation);
        await durable.StartAsync(runs.Admitted, cancellation);
    }

    // How far it is then; null when somebody else took the batch.
    private async Task<Import?> BringAsync(
        Import import, BatchReader reader, bool movesProtected, CancellationToken cancellation)
    {
        if (import.DryRun)
            return await imports.TryOutAsync(import, reader.ReadAllAsync(cancellation), movesProtected, cancellation);
        if (await reader.ReadAsync(cancellation) is not { } batch)
            return import with { Position = import.Bytes };
        await MoveToAsync(import, batch.Kind, cancellation);
        var after = await imports.TryApplyAsync(import, batch, movesProtected, cancellation);
        if (after is not null)
            await runs.AddMetricsAsync(import.Id, null, Figures(after), cancellation);
        return after;
    }

    // Nothing is to be done any more, so that the bundle goes as that of any other import.
    private async Task<bool> GiveUpAsync(
        Import import, string reason, DurableTaskClient durable, CancellationToken cancellation)
    {
        await runs.AddMetricsAsync(import.Id, null, Figures(import), cancellation);
        await runs.TryFinishAsync(import.Id, RunStatus.Failed, reason, cancellation);
        await durable.StartAsync(runs.Admitted, cancellation);
        return false;
    }

    // From here on whoever imports acts: what is made is theirs, and what they do not see stays as it is.
    private async Task<Import> EnterAsync(RunInput input, CancellationToken cancellation)
    {
        scope.Enter(input.OrganizationId);
        var import = (await imports.FindAsync(input.RunId, cancellation))!;
        scope.Enter(input.OrganizationId, import.Began);
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
