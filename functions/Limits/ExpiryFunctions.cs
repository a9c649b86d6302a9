using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed class ExpiryFunctions(Expiry expiry)
{
    [Function(nameof(RemoveExpired))]
    public Task RemoveExpired([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellation) =>
        expiry.RemoveAsync(cancellation);
}
