using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>
/// Ingests one document: extract, chunk, embed in batches, complete. The instance's id is the document's, so that one
/// document is ingested once at a time; newer bytes that come meanwhile are taken next.
/// </summary>
public sealed class DocumentIngestion(
    OrganizationScope scope, IngestState state, DocumentIngest ingest, AdmittedRuns admitted)
{
    private const int BatchesAtOnce = 4;

    /// <summary>What is away for this long is taken to be broken: about a minute.</summary>
    private static readonly TaskOptions Patient = TaskOptions.FromRetryPolicy(
        new RetryPolicy(7, TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30)));

    /// <summary>A failure must be recorded, however long the database is away.</summary>
    private static readonly TaskOptions Stubborn = TaskOptions.FromRetryPolicy(
        new RetryPolicy(1000, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(2)));

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

        var batches = Enumerable.Range(0, (chunks + chunked.BatchSize - 1) / chunked.BatchSize)
            .Select(number => new IngestBatch(step, number * chunked.BatchSize, chunked.BatchSize));
        await context.ForEachAsync(
            [.. batches], BatchesAtOnce, batch => context.CallActivityAsync(nameof(EmbedChunks), batch, Patient));
        await context.CallActivityAsync(nameof(CompleteIngest), step, Patient);
    }

    [Function(nameof(BeginIngest))]
    public Task<IngestStep?> BeginIngest([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        scope.Enter(input.OrganizationId);
        return state.TryBeginAsync(input.OrganizationId, input.RunId, cancellation);
    }

    [Function(nameof(ExtractText))]
    public async Task<bool> ExtractText(
        [ActivityTrigger] IngestStep step, [DurableClient] DurableTaskClient durable, CancellationToken cancellation)
    {
        scope.Enter(step.OrganizationId);
        var extracted = await ingest.TryExtractAsync(step, cancellation);
        await durable.StartAsync(admitted, cancellation);
        return extracted;
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
    public async Task CompleteIngest(
        [ActivityTrigger] IngestStep step, [DurableClient] DurableTaskClient durable, CancellationToken cancellation)
    {
        scope.Enter(step.OrganizationId);
        await ingest.CompleteAsync(step, cancellation);
        await durable.StartAsync(admitted, cancellation);
    }

    [Function(nameof(IsPending))]
    public Task<bool> IsPending([ActivityTrigger] RunInput input, CancellationToken cancellation)
    {
        scope.Enter(input.OrganizationId);
        return state.IsPendingAsync(input.RunId, cancellation);
    }

    [Function(nameof(FailIngest))]
    public async Task FailIngest(
        [ActivityTrigger] FailedIngest failed, [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        scope.Enter(failed.Step.OrganizationId);
        await state.FailAsync(failed.Step, failed.Reason, cancellation);
        await durable.StartAsync(admitted, cancellation);
    }
}

/// <summary>An attempt that came to nothing, and why, for people.</summary>
public sealed record FailedIngest(IngestStep Step, string Reason);
