using System.Security.Cryptography;
using System.Text;

namespace Assay;

/// <summary>
/// What the app proves with whom a statement is for. The database keeps the same key where the app's role cannot read
/// it, and takes nobody's word without a proof: an HMAC-SHA256 (RFC 2104) over organization, user, actor and an end.
/// </summary>
public sealed class ScopeKey
{
    private const int Bytes = 64;

    // As long as a statement may take to be sent; and twice that is what clocks may differ by.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly int id;
    private readonly byte[] key;

    private ScopeKey(int id, byte[] key) => (this.id, this.key) = (id, key);

    /// <param name="text"><c>id:key</c>, the key as the base64 of 64 bytes: a row of <c>ops.scope_key</c>.</param>
    /// <exception cref="FormatException">It is not; the message does not repeat it.</exception>
    public static ScopeKey Parse(string text)
    {
        var key = new byte[Bytes];
        return text.Split(':', 2) is [var number, var encoded]
            && int.TryParse(number, out var id)
            && Convert.TryFromBase64String(encoded, key, out var written)
            && written == Bytes
                ? new ScopeKey(id, key)
                : throw new FormatException("Expected a number, a colon and the base64 of 64 bytes.");
    }

    /// <summary>A proof that the app acts for a scope, which <c>ops.enter</c> takes for some minutes.</summary>
    public string Prove(OrganizationScope scope) =>
        Prove(scope.Id, scope.Actor.UserId, scope.Actor.ToString(), DateTimeOffset.UtcNow + Lifetime);

    internal string Prove(Guid? organization, Guid? user, string actor, DateTimeOffset end)
    {
        var message = $"{id}|{end.ToUnixTimeSeconds()}|{organization}|{user}|{actor}";
        return $"{Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(message)))}|{message}";
    }
}
