using System.Net;
using System.Net.Mime;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Makes attempts to send messages to webhooks. Safe to repeat: receivers know a message by its id.</summary>
public sealed class WebhookSender(
    SecretBox box, OutboundHttp outbound, IOptions<WebhookOptions> options, TimeProvider time,
    ILogger<WebhookSender> logger)
{
    private const int TroubleDelaySeconds = 60;

    /// <summary>Never throws: whatever happens is an outcome. An attempt that is cancelled may be made again.</summary>
    public async Task<Delivery> SendAsync(ClaimedMessage message, CancellationToken cancellation)
    {
        if (message.Status == WebhookStatus.Disabled)
            return new(message, DeliveryOutcome.Abandoned, Error: "The webhook was disabled meanwhile.");
        try
        {
            var (code, error) = await AttemptAsync(message, cancellation);
            return Judge(message, code, error);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new(message, DeliveryOutcome.Postponed);
        }
        catch (Exception trouble)
        {
            // Ours and not the receiver's, such as a key vault that is away.
            logger.LogError(trouble, "The message {MessageId} to a webhook could not be sent yet", message.Id);
            return new(message, DeliveryOutcome.Postponed, DelaySeconds: TroubleDelaySeconds);
        }
    }

    private Delivery Judge(ClaimedMessage message, int? code, string? error)
    {
        var delays = options.Value.Delays;
        if (error is null)
            return new(message, DeliveryOutcome.Succeeded, code);
        return code == (int)HttpStatusCode.Gone || message.Attempts >= delays.Count
            ? new(message, DeliveryOutcome.Failed, code, error)
            : new(message, DeliveryOutcome.Retried, code, error, delays[message.Attempts]);
    }

    private async Task<(int? Code, string? Error)> AttemptAsync(
        ClaimedMessage message, CancellationToken cancellation)
    {
        using var request = await NewRequestAsync(message, cancellation);
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

    private async Task<HttpRequestMessage> NewRequestAsync(ClaimedMessage message, CancellationToken cancellation)
    {
        var secrets = WebhookSecrets.FromJson(await box.OpenAsync(
            new(message.Ciphertext, message.EncryptionKeyId),
            WebhookStore.PlaceOf(message.WebhookId, message.OrganizationId), cancellation));
        var (now, body) = (time.GetUtcNow(), message.Payload.ToJsonString());
        var timestamp = now.ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, message.Url)
        {
            Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        request.Headers.Add("webhook-id", $"{message.Id}");
        request.Headers.Add("webhook-timestamp", $"{timestamp}");
        request.Headers.Add("webhook-signature", secrets.Sign(message.Id, timestamp, body, now));
        request.Headers.UserAgent.Add(new("Assay-Webhooks", "1"));
        return request;
    }
}
