using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>
/// Ingests one document: extract, chunk, embed in batches, complete. The instance's id is the document's, so that one
/// document is ingested once at a time; newer bytes that come meanwhile are taken next.
/// </summary>
public sealed class DocumentIngestion(OrganizationScope scope, IngestState state, DocumentIngest ingest)
{
    /// <summary>What is away for this long is taken to be broken: about a minute.</summary>
    private static readonly TaskOptions Patient = TaskOptions.FromRetryPolicy(
        new RetryPolicy(7, TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30)));

    /// <summary>A failure must be recorded, however long the database is away.</summary>
    private static readonly TaskOptions Stubborn = TaskOptions.FromRetryPolicy(
        new RetryPolicy(1000, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(2)));

    /// <summary>
    /// Starts ingesting a pending document. Does nothing when that is under way: it looks for newer bytes at its end,
    /// and where that look came too early, the sweep of queued runs starts it again.
    /// </summary>
    internal static Task StartAsync(
        DurableTaskClient durable, Guid organizationId, Guid documentId, CancellationToken cancellation) =>
        durable.StartUnlessLiveAsync(
            nameof(IngestDocument), new RunInput(organizationId, documentId), $"{documentId}", cancellation);

    [Function(nameof(IngestDocument))]
    public static async Task IngestDocument([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<RunInput>()!;
        var step = await context.CallActivityAsync<IngestStep?>(nameof(BeginIngest), input, Stubborn);
        if (step is null)
            return;

        try
        {
            await IngestAsync(context, step);
        }
        catch (TaskFailedException failure)
        {
            // What an exception says is for the log: it may name hosts and statements that are no tenant's business.
            var reason = $"unexpected: {failure.TaskName} failed every time. The log tells why, by this id.";
            await context.CallActivityAsync(nameof(FailIngest), new FailedIngest(step, reason), Stubborn);
        }

        // Nothing is left to do, unless newer bytes came meanwhile: then there is another version to begin.
        if (await context.CallActivityAsync<bool>(nameof(IsPending), input, Stubborn))
            context.ContinueAsNew(input);
    }

    private static async Task IngestAsync(TaskOrchestrationContext context, IngestStep step)
    {
        if (!await context.CallActivityAsync<bool>(nameof(ExtractText), step, Patient))
            return;

        var chunked = await context.CallActivityAsync<ChunkedDocument>(nameof(ChunkText), step, Patient);
        if (chunked.Chunks is not { } chunks)
            return;

        var batches = new List<Task>();
        for (var first = 0; first < chunks; first += chunked.BatchSize)
        {
            var batch = new IngestBatch(step, first, chunked.BatchSize);
            batches.Add(context.CallActivityAsync(nameof(EmbedChunks), batch, Patient));
        }

        await Task.WhenAll(batches);
        await context.CallActivityAsync(nameof(CompleteIngest), step, Patient);
    }

    [Function(nameof(BeginIngest))]
    public Task<IngestStep?> BeginIngest([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        scope.Enter(input.OrganizationId);
        return state.TryBeginAsync(input.OrganizationId, input.RunId, cancellation);
    }

    [Function(nameof(ExtractText))]
    public Task<bool> ExtractText([ActivityTrigger] IngestStep step, CancellationToken cancellation)
    {
        scope.Enter(step.OrganizationId);
        return ingest.TryExtractAsync(step, cancellation);
    }

    [Function(nameof(ChunkText))]
    public Task<ChunkedDocument> ChunkText([ActivityTrigger] IngestStep step, CancellationToken cancellation)
    {
        scope.Enter(step.OrganizationId);
        return ingest.ChunkAsync(step, cancellation);
    }

    [Function(nameof(EmbedChunks))]
    public Task EmbedChunks([ActivityTrigger] IngestBatch batch, CancellationToken cancellation)
    {
        scope.Enter(batch.Step.OrganizationId);
        return ingest.EmbedAsync(batch, cancellation);
    }

    [Function(nameof(CompleteIngest))]
    public Task CompleteIngest([ActivityTrigger] IngestStep step, CancellationToken cancellation)
    {
        scope.Enter(step.OrganizationId);
        return ingest.CompleteAsync(step, cancellation);
    }

    [Function(nameof(IsPending))]
    public Task<bool> IsPending([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        scope.Enter(input.OrganizationId);
        return state.IsPendingAsync(input.RunId, cancellation);
    }

    [Function(nameof(FailIngest))]
    public Task FailIngest([ActivityTrigger] FailedIngest failed, CancellationToken cancellation)
    {
        scope.Enter(failed.Step.OrganizationId);
        return state.FailAsync(failed.Step, failed.Reason, cancellation);
    }
}

/// <summary>An attempt that came to nothing, and why, for people.</summary>
public sealed record FailedIngest(IngestStep Step, string Reason);
