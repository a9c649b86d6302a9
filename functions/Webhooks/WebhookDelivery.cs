using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>What one delivery is about.</summary>
/// <param name="Delays">Seconds between its attempts, fixed when it starts.</param>
public sealed record Delivery(Guid OrganizationId, Guid MessageId, IReadOnlyList<int> Delays);

/// <summary>One attempt of it.</summary>
public sealed record DeliveryAttempt(Delivery Delivery, bool IsLast);

/// <summary>Delivers messages to webhooks, each by an orchestration under the message's id.</summary>
public sealed class WebhookDelivery(
    WebhookBacklog backlog, WebhookSender sender, OrganizationScope scope, IOptions<WebhookOptions> options,
    TimeProvider time)
{
    private const int MessagesMax = 500;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>For what keeps an attempt from being made or written down, such as the database being away.</summary>
    private static readonly TaskOptions Stubborn = TaskOptions.FromRetryPolicy(
        new RetryPolicy(1000, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(5)));

    /// <summary>
    /// Messages are stored with the change that they tell of; this begins to send them, soon after. A process that dies
    /// in the middle leaves messages that are begun again, under the same ids.
    /// </summary>
    [Function(nameof(StartWebhookDeliveries))]
    public async Task StartWebhookDeliveries(
        [TimerTrigger("*/15 * * * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        IReadOnlyList<UnsentMessage> unsent;
        do
        {
            unsent = await backlog.ListUnsentAsync(MessagesMax, cancellation);
            foreach (var message in unsent)
                await durable.StartUnlessLiveAsync(
                    nameof(DeliverWebhookMessage),
                    new Delivery(message.OrganizationId, message.Id, options.Value.Delays), $"{message.Id}",
                    cancellation);
            if (unsent.Count > 0)
                await backlog.StartedAsync([.. unsent.Select(message => message.Id)], cancellation);
        }
        while (unsent.Count == MessagesMax);
    }

    [Function(nameof(PruneWebhookMessages))]
    public Task PruneWebhookMessages(
        [TimerTrigger("0 40 3 * * *")] TimerInfo timer, CancellationToken cancellation) =>
        backlog.PruneAsync(time.GetUtcNow() - Kept, cancellation);

    [Function(nameof(DeliverWebhookMessage))]
    public static async Task DeliverWebhookMessage(
        [OrchestrationTrigger] TaskOrchestrationContext context, Delivery delivery)
    {
        for (var retry = 0; ; retry++)
        {
            var attempt = new DeliveryAttempt(delivery, IsLast: retry == delivery.Delays.Count);
            if (await context.CallActivityAsync<bool>(nameof(AttemptWebhookMessage), attempt, Stubborn))
                return;
            await context.CreateTimer(TimeSpan.FromSeconds(delivery.Delays[retry]), CancellationToken.None);
        }
    }

    [Function(nameof(AttemptWebhookMessage))]
    public Task<bool> AttemptWebhookMessage([ActivityTrigger] DeliveryAttempt attempt, CancellationToken cancellation)
    {
        scope.Enter(attempt.Delivery.OrganizationId);
        return sender.AttemptAsync(attempt.Delivery.MessageId, attempt.IsLast, cancellation);
    }
}
