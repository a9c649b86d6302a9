using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

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

/// <summary>
/// Messages were once delivered by an orchestration each. Those that were under way when that ended replay what they
/// did, and end at their next attempt, which <see cref="WebhookDeliveries"/> makes instead.
/// </summary>
public static class FormerWebhookDelivery
{
    private static readonly TaskOptions Stubborn = TaskOptions.FromRetryPolicy(
        new RetryPolicy(1000, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(5)));

    /// <param name="Delays">Seconds between attempts.</param>
    public sealed record Input(Guid OrganizationId, Guid MessageId, IReadOnlyList<int> Delays);

    public sealed record Attempt(Input Delivery, bool IsLast);

    [Function(nameof(DeliverWebhookMessage))]
    public static async Task DeliverWebhookMessage(
        [OrchestrationTrigger] TaskOrchestrationContext context, Input delivery)
    {
        for (var retry = 0; ; retry++)
        {
            var attempt = new Attempt(delivery, IsLast: retry == delivery.Delays.Count);
            if (await context.CallActivityAsync<bool>(nameof(AttemptWebhookMessage), attempt, Stubborn))
                return;
            await context.CreateTimer(TimeSpan.FromSeconds(delivery.Delays[retry]), CancellationToken.None);
        }
    }

    /// <summary>True: there is nothing more to do here.</summary>
    [Function(nameof(AttemptWebhookMessage))]
    public static bool AttemptWebhookMessage([ActivityTrigger] Attempt attempt) => attempt is not null;
}
