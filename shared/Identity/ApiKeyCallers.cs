using Microsoft.Extensions.Caching.Memory;

namespace Assay;

/// <summary>Callers by their API keys.</summary>
public sealed class ApiKeyCallers(Database database, IMemoryCache cache)
{
    /// <summary>What every API key begins with.</summary>
    public const string Prefix = "ask_";

    // A key that is revoked, or a member who is removed, is refused within this time.
    private static readonly TimeSpan Remembered = TimeSpan.FromMilliseconds(900);

    /// <summary>
    /// The caller of a live key, or null. A key lives until it expires or is revoked, and while its user is active and
    /// a member. Only the key's SHA-256 leaves this process.
    /// </summary>
    public Task<Caller?> FindAsync(string key, CancellationToken cancellation)
    {
        var hash = Secret.Hash(key);
        return cache.RememberAsync(("api key", Convert.ToHexString(hash)), Remembered, async () =>
            (await database.FindAsync<Row>(
                "select * from ops.authenticate_api_key(@hash)", new { hash }, cancellation))?.ToCaller());
    }

    private sealed record Row(
        Guid ApiKeyId,
        Guid OrganizationId,
        string OrganizationSlug,
        Guid? UserId,
        bool IsAdmin,
        string Role,
        string[] Scopes)
    {
        public Caller ToCaller() => new(
            ActorKind.ApiKey, ApiKeyId, UserId, OrganizationId, OrganizationSlug,
            Enum.Parse<Role>(Role, ignoreCase: true), IsAdmin, Scopes);
    }
}
