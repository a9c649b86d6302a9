using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Assay;

/// <summary>
/// The secrets that a webhook's messages are signed with: HMAC-SHA256 over <c>id.timestamp.body</c>, as in the Standard
/// Webhooks specification. After a rotation, messages carry the signatures of both for a day.
/// </summary>
public sealed record WebhookSecrets(string Current, string? Previous = null, DateTimeOffset? PreviousUntil = null)
{
    private const string Prefix = "whsec_";

    private static readonly TimeSpan Overlap = TimeSpan.FromDays(1);

    public static WebhookSecrets New() => new(NewSecret());

    public WebhookSecrets Rotate(DateTimeOffset now) => new(NewSecret(), Current, now + Overlap);

    /// <summary>The header <c>webhook-signature</c>.</summary>
    public string Sign(Guid id, long timestamp, string body, DateTimeOffset now)
    {
        var signature = Sign(Current, id, timestamp, body);
        return Previous is { } previous && now < PreviousUntil
            ? $"{signature} {Sign(previous, id, timestamp, body)}"
            : signature;
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    public static WebhookSecrets FromJson(string json) => JsonSerializer.Deserialize<WebhookSecrets>(json)!;

    // The specification's base64 is that with + and /.
    private static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private static string Sign(string secret, Guid id, long timestamp, string body)
    {
        var key = Convert.FromBase64String(secret[Prefix.Length..]);
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"));
        return $"v1,{Convert.ToBase64String(signature)}";
    }
}
