using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Sends messages to webhooks, and writes down how they fared.</summary>
public sealed class WebhookSender(
    Database database, WebhookStore webhooks, SecretBox box, OutboundHttp outbound, IOptions<WebhookOptions> options,
    TimeProvider time)
{
    /// <summary>
    /// Makes one attempt. Safe to repeat: receivers know a message by its id. True when there is nothing more to do:
    /// it was delivered, or it never will be.
    /// </summary>
    /// <param name="isLast">A failure is final.</param>
    public async Task<bool> AttemptAsync(Guid messageId, bool isLast, CancellationToken cancellation)
    {
        var message = await database.FindAsync<Sending>(
            """
            select d.webhook_id, ops.webhook_payload(d.id) as payload, w.url, w.status, w.ciphertext, w.encryption_key_id
            from ops.webhook_delivery d
            join ops.webhook w on w.id = d.webhook_id
            where d.id = @messageId and d.status = 'pending'
            """,
            new { messageId }, cancellation);
        if (message is null)
            return true;
        if (message.Status == WebhookStatus.Disabled)
            return await EndAsync(messageId, null, "The webhook was disabled meanwhile.", cancellation);

        var (code, error) = await SendAsync(messageId, message, cancellation);
        if (error is null)
            return await SucceedAsync(messageId, message.WebhookId, code!.Value, cancellation);
        // The receiver says that it never wants another one.
        if (code == (int)HttpStatusCode.Gone)
            return await FailAsync(messageId, message.WebhookId, code, error, failuresMax: 1, cancellation);
        if (isLast)
            return await FailAsync(
                messageId, message.WebhookId, code, error, options.Value.FailuresMax, cancellation);

        await database.ExecuteAsync(
            """
            update ops.webhook_delivery
            set attempts = attempts + 1, status_code = @code, error = @error, updated_at = now()
            where id = @messageId
            """,
            new { messageId, code, error }, cancellation);
        return false;
    }

    private async Task<(int? Code, string? Error)> SendAsync(
        Guid id, Sending message, CancellationToken cancellation)
    {
        var secrets = WebhookSecrets.FromJson(await box.OpenAsync(
            new(message.Ciphertext, message.EncryptionKeyId), webhooks.PlaceOf(message.WebhookId), cancellation));
        var (now, body) = (time.GetUtcNow(), message.Payload.ToJsonString());
        var timestamp = now.ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, message.Url);
        request.Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
        request.Headers.Add("webhook-id", $"{id}");
        request.Headers.Add("webhook-timestamp", $"{timestamp}");
        request.Headers.Add("webhook-signature", secrets.Sign(id, timestamp, body, now));
        request.Headers.UserAgent.Add(new("Assay-Webhooks", "1"));
        try
        {
            using var client = outbound.NewClient(TimeSpan.FromSeconds(options.Value.TimeoutSeconds));
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return ((int)answer.StatusCode,
                answer.IsSuccessStatusCode ? null : $"The receiver answered {(int)answer.StatusCode}.");
        }
        catch (HttpRequestException e)
        {
            // Which address was refused, and why a connection failed, would tell of networks.
            return (null, e.InnerException is OutboundRefusedException
                ? "The host has no public address."
                : "The receiver could not be reached.");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"The receiver did not answer within {options.Value.TimeoutSeconds} seconds.");
        }
    }

    private async Task<bool> SucceedAsync(Guid id, Guid webhookId, int code, CancellationToken cancellation)
    {
        await database.ExecuteAsync(
            """
            update ops.webhook_delivery
            set status = 'succeeded', attempts = attempts + 1, status_code = @code, error = null,
                finished_at = now(), updated_at = now()
            where id = @id and status = 'pending';
            update ops.webhook set failures = 0 where id = @webhookId and failures > 0;
            """,
            new { id, webhookId, code }, cancellation);
        return true;
    }

    private async Task<bool> EndAsync(Guid id, int? code, string error, CancellationToken cancellation)
    {
        await database.ExecuteAsync(
            """
            update ops.webhook_delivery
            set status = 'failed', status_code = @code, error = @error, finished_at = now(), updated_at = now()
            where id = @id and status = 'pending'
            """,
            new { id, code, error }, cancellation);
        return true;
    }

    private async Task<bool> FailAsync(
        Guid id, Guid webhookId, int? code, string error, int failuresMax, CancellationToken cancellation)
    {
        await database.ExecuteAsync(
            """
            with failed as (
                update ops.webhook_delivery
                set status = 'failed', attempts = attempts + 1, status_code = @code, error = @error,
                    finished_at = now(), updated_at = now()
                where id = @id and status = 'pending'
                returning webhook_id
            )
            update ops.webhook w
            set failures = failures + 1,
                status = case when failures + 1 >= @failuresMax then 'disabled' else status end,
                disabled_reason = case when failures + 1 >= @failuresMax then @reason end,
                updated_at = case when failures + 1 >= @failuresMax then clock_timestamp() else updated_at end
            from failed
            where w.id = failed.webhook_id and w.status = 'active'
            """,
            new { id, webhookId, code, error, failuresMax, reason = $"Messages could not be delivered. {error}" },
            cancellation);
        return true;
    }

    private sealed record Sending(
        Guid WebhookId, JsonObject Payload, string Url, string Status, byte[] Ciphertext, string EncryptionKeyId);
}
