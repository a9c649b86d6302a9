using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Where the organization's events are sent. Signed as the Standard Webhooks specification says.</summary>
public sealed class WebhookFunctions(WebhookStore webhooks, CurrentCaller caller, TimeProvider time)
{
    [Function(nameof(ListWebhooks))]
    [Operation(Permissions.WebhooksRead, Query = typeof(WebhookListQuery), Answer = typeof(Page<Webhook>))]
    public Task<IResult> ListWebhooks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "webhooks")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<WebhookListQuery, Webhook>(
            request,
            (query, page) => webhooks.ListAsync(query.Status, page.AfterId, page.Fetch, cancellation),
            webhook => webhook.Id);

    [Function(nameof(GetWebhook))]
    [Operation(Permissions.WebhooksRead, Answer = typeof(Webhook))]
    public async Task<IResult> GetWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "webhooks/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await webhooks.FindAsync(id, cancellation) is { } webhook
            ? Conditional.Ok(request, webhook.Version, webhook)
            : Problems.NotFound("webhook", id);

    /// <summary>Adds a webhook. The secret that its messages are signed with is only in this answer.</summary>
    [Function(nameof(CreateWebhook))]
    [Operation(
        Permissions.WebhooksWrite, Grants = GrantKind.Webhook, Body = typeof(WebhookBody),
        Answer = typeof(CreatedWebhook), ShowsSecret = true, NeedsClaim = true, Status = 201)]
    public async Task<IResult> CreateWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<WebhookBody>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (Refusal() is { } refusal)
            return refusal;

        var (webhook, secret) = await webhooks.CreateAsync(wanted.ToSettings(), cancellation);
        return Created.At(request, $"webhooks/{webhook.Id}", new CreatedWebhook(webhook, secret), webhook.Version);
    }

    /// <summary>Changes a webhook; making a disabled one active starts it afresh.</summary>
    [Function(nameof(ChangeWebhook))]
    [Operation(
        Permissions.WebhooksWrite, Grants = GrantKind.Webhook, Body = typeof(WebhookBody), Answer = typeof(Webhook))]
    public async Task<IResult> ChangeWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "webhooks/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await webhooks.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("webhook", id);
        if ((Refusal() ?? Conditional.Refusal(request, known.Version)) is { } refusal)
            return refusal;
        // A disabled one stays so unless the patch says otherwise.
        var status = known.Status == WebhookStatus.Disabled ? null : known.Status;
        var changes = await MergePatch.ReadAsync(
            request, new WebhookBody(known.Url, known.Description, known.EventTypes, status), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;

        var settings = wanted.ToSettings() with { Status = wanted.Status ?? known.Status };
        return await webhooks.TryChangeAsync(known, settings, cancellation) is { } changed
            ? Conditional.Ok(request, changed.Version, changed)
            : Problems.Stale();
    }

    /// <summary>Messages that are still under way come to nothing.</summary>
    [Function(nameof(DeleteWebhook))]
    [Operation(Permissions.WebhooksWrite, Grants = GrantKind.Webhook, IfMatch = true, Status = 204)]
    public async Task<IResult> DeleteWebhook(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "webhooks/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await webhooks.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("webhook", id);
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;

        return await webhooks.TryDeleteAsync(known, cancellation) ? Results.NoContent() : Problems.Stale();
    }

    /// <summary>Gives a webhook a new secret. For a day messages carry the signatures of both.</summary>
    [Function(nameof(RotateWebhookSecret))]
    [Operation(
        Permissions.WebhooksWrite, Grants = GrantKind.Webhook, Answer = typeof(RotatedSecret), ShowsSecret = true)]
    public async Task<IResult> RotateWebhookSecret(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks/{id:guid}/secret")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await webhooks.FindAsync(id, cancellation) is null)
            return Problems.NotFound("webhook", id);
        if (Refusal() is { } refusal)
            return refusal;

        return await webhooks.RotateSecretAsync(id, time.GetUtcNow(), cancellation) is { } secret
            ? Results.Json(new RotatedSecret(secret), Json.Options)
            : Problems.Conflict("The secret was changed at this very moment by somebody else.");
    }

    private Problem? Refusal() => caller.Value.MayGiveEvents()
        ? null
        : Problems.Forbidden(
            $"A webhook is told what the audit log tells, so this needs the scope {Permissions.AuditRead}.");
}
