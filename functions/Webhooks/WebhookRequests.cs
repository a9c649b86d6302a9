using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <param name="Status">In this state only.</param>
public sealed record WebhookListQuery(
    [AllowedValues(WebhookStatus.Active, WebhookStatus.Paused, WebhookStatus.Disabled)] string? Status) : PageQuery;

/// <param name="Url">Where messages are sent, by POST. Private addresses get none, unless allowed here.</param>
/// <param name="Description">What it is for.</param>
/// <param name="EventTypes">
/// Such as <c>document.completed</c>, or <c>document.*</c> for all of an entity; every event when absent or empty.
/// </param>
/// <param name="Status">
/// <c>active</c>, or <c>paused</c> for one that gets no messages. One that was disabled is made active again here.
/// </param>
public sealed record WebhookBody(
    [Required, MaxLength(OutboundUrl.LengthMax)] string Url,
    [MaxLength(500)] string? Description = null,
    [MaxLength(50), StringLength(201), RegularExpression(@"[a-z_]+\.([a-z_]+|\*)", ErrorMessage =
        "an entity and an action such as document.completed, or document.*")]
    IReadOnlyList<string>? EventTypes = null,
    [AllowedValues(WebhookStatus.Active, WebhookStatus.Paused, null)] string? Status = null) : IValidatableObject
{
    public static WebhookBody Example => new("https://example.com/hooks/assay", EventTypes: ["document.*"]);

    public WebhookSettings ToSettings() => new(Url, Description, EventTypes ?? [], Status ?? WebhookStatus.Active);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!OutboundUrl.IsValid(Url))
            yield return new(OutboundUrl.Expected, [nameof(Url)]);
    }
}

/// <param name="Secret">What messages are signed with, which is shown here and never again.</param>
public sealed record CreatedWebhook(Webhook Webhook, string Secret);

/// <inheritdoc cref="CreatedWebhook"/>
public sealed record RotatedSecret(string Secret);

/// <param name="Status">In this state only.</param>
public sealed record WebhookMessageListQuery(
    [AllowedValues("pending", "succeeded", "failed")] string? Status) : PageQuery
{
    internal (DateTimeOffset At, Guid Id)? AfterKey => TimeKey.Read(Page().After);

    protected override bool IsKey(string[] key) => TimeKey.Read(key) is not null;
}
