using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed class IdempotencyFunctions(JobDatabase database)
{
    /// <summary>Forgets answers that nobody may ask for any more.</summary>
    [Function(nameof(PruneIdempotencyKeys))]
    public Task PruneIdempotencyKeys(
        [TimerTrigger("0 40 2 * * *")] TimerInfo timer, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "delete from ops.idempotency_key where expires_at <= now()", null, cancellation);
}
