using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed class EntityPurgeFunctions(EntityPurge purge, Settings settings, TimeProvider time)
{
    /// <summary>What was deleted for longer than the setting <c>deleted-days-kept</c> goes for good.</summary>
    [Function(nameof(PurgeEntities))]
    public async Task PurgeEntities([TimerTrigger("0 25 3 * * *")] TimerInfo timer, CancellationToken cancellation)
    {
        var days = (await settings.SnapshotAsync(cancellation)).Get(KnownSettings.DeletedDaysKept);
        if (days > 0)
            await purge.RemoveAsync(time.GetUtcNow().AddDays(-days), cancellation);
    }
}
