using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Assay;

public static class WebhookStatus
{
    public const string Active = "active";
    public const string Paused = "paused";
    public const string Disabled = "disabled";
}

/// <summary>An address that an organization's events are sent to.</summary>
/// <param name="EventTypes">
/// <c>document.completed</c> is one type, <c>document.*</c> all of an entity; none at all is every type.
/// </param>
/// <param name="Status">active, paused by somebody, or disabled after repeated failure.</param>
/// <param name="Failures">Messages in a row that could not be delivered.</param>
public sealed record Webhook(
    Guid Id, string Url, string? Description, string[] EventTypes,
    [AllowedValues(WebhookStatus.Active, WebhookStatus.Paused, WebhookStatus.Disabled)] string Status,
    string? DisabledReason, int Failures, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>For <c>ETag</c> and <c>If-Match</c>. Deliveries do not change it.</summary>
    [JsonIgnore]
    public string Version => $"{UpdatedAt.UtcTicks:x}";
}

/// <summary>What a webhook is told to be.</summary>
public sealed record WebhookSettings(
    string Url, string? Description, IReadOnlyList<string> EventTypes, string Status = WebhookStatus.Active);

/// <summary>A message to a webhook, and how it fared.</summary>
/// <param name="Id">Sent as <c>webhook-id</c>, the same at every attempt.</param>
/// <param name="Status">pending, succeeded or failed.</param>
/// <param name="Payload">What was sent: type, time and data of the event.</param>
/// <param name="StatusCode">Of the last answer; null when there was none.</param>
public sealed record WebhookMessage(
    Guid Id, string EventType, JsonObject Payload,
    [AllowedValues("pending", "succeeded", "failed")] string Status, int Attempts, int? StatusCode, string? Error,
    DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);
