using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What was sent to a webhook, and how it fared.</summary>
public sealed class WebhookMessageFunctions(WebhookStore webhooks, TimeProvider time)
{
    /// <summary>Newest first. Messages are kept for 30 days after their end.</summary>
    [Function(nameof(ListWebhookMessages))]
    [Operation(
        Permissions.WebhooksRead, Query = typeof(WebhookMessageListQuery), Answer = typeof(Page<WebhookMessage>))]
    public async Task<IResult> ListWebhookMessages(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "webhooks/{id:guid}/messages")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<WebhookMessageListQuery>(request, out var query) is { } problem)
            return problem;
        if (await webhooks.FindAsync(id, cancellation) is null)
            return Problems.NotFound("webhook", id);

        var page = query.Page();
        var rows = await webhooks.ListMessagesAsync(id, query.Status, query.AfterKey, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, message => TimeKey.Of(message.CreatedAt, message.Id));
    }

    /// <summary>Sends a message of type <c>webhook.ping</c>, to see whether they arrive.</summary>
    [Function(nameof(PingWebhook))]
    [Operation(Permissions.WebhooksWrite, Grants = GrantKind.Webhook, Answer = typeof(WebhookMessage), Status = 202)]
    public async Task<IResult> PingWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/{id:guid}/ping")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await webhooks.FindAsync(id, cancellation) is not { } webhook)
            return Problems.NotFound("webhook", id);
        if (webhook.Status == WebhookStatus.Disabled)
            return Problems.Conflict("The webhook is disabled. Make it active first.");

        var message = await webhooks.AddPingAsync(id, time.GetUtcNow(), cancellation);
        return Results.Json(
            await webhooks.FindMessageAsync(id, message, cancellation), Json.Options, statusCode: 202);
    }

    /// <summary>Sends a message once more, as a new one.</summary>
    [Function(nameof(RepeatWebhookMessage))]
    [Operation(Permissions.WebhooksWrite, Grants = GrantKind.Webhook, Answer = typeof(WebhookMessage), Status = 202)]
    public async Task<IResult> RepeatWebhookMessage(
        [HttpTrigger(
            AuthorizationLevel.Anonymous, "post", Route = "webhooks/{id:guid}/messages/{messageId:guid}/repeat")]
        HttpRequest request,
        Guid id,
        Guid messageId,
        CancellationToken cancellation)
    {
        if (await webhooks.RepeatAsync(id, messageId, cancellation) is not { } repeated)
            return Problems.NotFound("message of this webhook", messageId);

        return Results.Json(
            await webhooks.FindMessageAsync(id, repeated, cancellation), Json.Options, statusCode: 202);
    }
}
