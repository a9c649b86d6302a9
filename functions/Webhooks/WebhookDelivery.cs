using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Delivers messages to webhooks, and forgets them in time.</summary>
public sealed class WebhookDelivery(WebhookDeliveries deliveries, WebhookBacklog backlog, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>
    /// Messages are stored with the change that they tell of; this sends them, soon after. A process that dies in the
    /// middle leaves messages that are sent again when its claims have expired.
    /// </summary>
    [Function(nameof(DeliverWebhooks))]
    public Task DeliverWebhooks(
        [TimerTrigger("*/10 * * * * *")] TimerInfo timer, CancellationToken cancellation) =>
        deliveries.RunAsync(cancellation);

    [Function(nameof(PruneWebhookMessages))]
    public Task PruneWebhookMessages(
        [TimerTrigger("0 40 3 * * *")] TimerInfo timer, CancellationToken cancellation) =>
        backlog.PruneAsync(time.GetUtcNow() - Kept, cancellation);
}
