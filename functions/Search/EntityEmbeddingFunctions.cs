using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>
/// Keeps entities' vectors current. Texts that wait are rows, made with the change itself; an orchestration for each
/// organization goes through them, under one id, so that no two do.
/// </summary>
public sealed class EntityEmbeddingFunctions(EntityEmbedder embedder)
{
    /// <summary>Then the history begins anew, which keeps it short.</summary>
    private const int BatchesMax = 50;

    /// <summary>What is away for longer than this is tried again by the next start.</summary>
    private static readonly TaskOptions Patient = TaskOptions.FromRetryPolicy(
        new RetryPolicy(5, TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30)));

    [Function(nameof(StartEntityEmbeddings))]
    public async Task StartEntityEmbeddings(
        [TimerTrigger("*/30 * * * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        foreach (var organization in await embedder.ListOrganizationsAsync(cancellation))
            await durable.StartUnlessLiveAsync(
                nameof(EmbedEntities), organization, $"embed-entities-{organization}", cancellation);
    }

    [Function(nameof(EmbedEntities))]
    public static async Task EmbedEntities(
        [OrchestrationTrigger] TaskOrchestrationContext context, Guid organization)
    {
        for (var batch = 0; batch < BatchesMax; batch++)
        {
            if (!await context.CallActivityAsync<bool>(nameof(EmbedEntityBatch), organization, Patient))
                return;
        }
        context.ContinueAsNew(organization);
    }

    [Function(nameof(EmbedEntityBatch))]
    public Task<bool> EmbedEntityBatch([ActivityTrigger] Guid organization, CancellationToken cancellation) =>
        embedder.EmbedBatchAsync(organization, cancellation);
}
