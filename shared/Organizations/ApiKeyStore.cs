using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay;

/// <param name="UserId">Whom the key belongs to and acts for; null for the organization's own.</param>
/// <param name="Prefix">How the key begins: enough to recognize it by.</param>
/// <param name="Status">active, expired or revoked.</param>
/// <param name="ReplacedBy">The key that this one was rotated to.</param>
/// <param name="LastUsedAt">To the minute.</param>
public sealed record ApiKey(
    Guid Id, Guid? UserId, string Name, string Prefix, string[] Scopes, string Status, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, Guid? ReplacedBy, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static ApiKey Example => new(
        Sample.Id, Sample.Id, "nightly import",
        "ask_3fk9", [Permissions.DocumentsWrite], "active", null, null, Sample.At, null, Sample.At, Sample.At);

    /// <summary>For <c>ETag</c> and <c>If-Match</c>. Using a key does not change it.</summary>
    [JsonIgnore]
    public string Version => $"{UpdatedAt.UtcTicks:x}";
}

/// <summary>A key to be made.</summary>
/// <param name="UserId">As in <see cref="ApiKey"/>.</param>
public sealed record NewApiKey(Guid? UserId, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt);

/// <summary>The organization's API keys. Keys themselves are shown once and kept as SHA-256.</summary>
public sealed class ApiKeyStore(IdentityDatabase database, OrganizationScope scope, Caps caps)
{
    private const int PrefixLength = 12;

    private const string Columns =
        """
        id, user_id, name, prefix, array(select jsonb_array_elements_text(scopes)) as scopes,
        case when revoked_at is not null then 'revoked'
            when expires_at <= now() then 'expired'
            else 'active' end as status,
        expires_at, revoked_at, last_used_at, replaced_by, created_at, updated_at
        """;

    /// <summary>Newest first.</summary>
    /// <param name="userId">Only this user's; null takes everybody's and the organization's own.</param>
    /// <param name="status">Only those of this status; null takes all.</param>
    public Task<IReadOnlyList<ApiKey>> ListAsync(
        Guid? userId, string? status, Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<ApiKey>(
            $"""
            select * from (
                select {Columns} from ops.api_key
                where organization_id = @Organization and (@userId::uuid is null or user_id = @userId)
            ) key
            where (@status::text is null or status = @status) and (@after::uuid is null or id < @after)
            order by id desc
            limit @limit
            """,
            new { Organization = scope.Id, userId, status, after, limit }, cancellation);

    public Task<ApiKey?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<ApiKey>($"select {Columns} from ops.api_key where id = @id", new { id }, cancellation);

    /// <summary>Returns the key itself, which nobody can find out again.</summary>
    /// <exception cref="CapReachedException">Its user has as many as one may have.</exception>
    public Task<(ApiKey Row, string Key)> CreateAsync(NewApiKey wanted, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await caps.EnsureRoomAsync(
                    transaction, KnownSettings.KeysPerUser, "active API keys", wanted.UserId ?? scope.Id!.Value,
                    """
                    select count(*) from ops.api_key
                    where coalesce(user_id, organization_id) = @owner and organization_id = ops.current_organization()
                        and revoked_at is null and (expires_at is null or expires_at > now())
                    """,
                    cancellation);
                return await CreateAsync(transaction, wanted, cancellation);
            },
            cancellation);

    private static async Task<(ApiKey Row, string Key)> CreateAsync(
        DatabaseTransaction transaction, NewApiKey wanted, CancellationToken cancellation)
    {
        var (id, key) = (Guid.CreateVersion7(), Secret.New(ApiKeyCallers.Prefix));
        var made = await transaction.FindAsync<Made>(
            "select * from ops.create_api_key(@id, @UserId, @Name, @prefix, @hash, @scopes, @ExpiresAt)",
            new
            {
                id,
                wanted.UserId,
                wanted.Name,
                prefix = key[..PrefixLength],
                hash = Secret.Hash(key),
                scopes = JsonSerializer.SerializeToElement(wanted.Scopes),
                wanted.ExpiresAt,
            },
            cancellation);
        return (made!.Key(id, wanted, key), key);
    }

    /// <summary>False when somebody changed it after <paramref name="known"/> was read, or it was revoked.</summary>
    public Task<bool> TryChangeAsync(
        ApiKey known, string name, DateTimeOffset? expiresAt, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select ops.change_api_key(@Id, @UpdatedAt, @name, @expiresAt)",
            new { known.Id, known.UpdatedAt, name, expiresAt }, cancellation);

    /// <summary>Ends a key for good, within a second everywhere. False when it was revoked before.</summary>
    public Task<bool> TryRevokeAsync(Guid id, CancellationToken cancellation) =>
        database.ValueAsync<bool>("select ops.revoke_api_key(@id)", new { id }, cancellation);

    /// <summary>
    /// Makes a key that may do the same, and lets the old one live on for a while, so that programs can be changed one
    /// by one. The new one has the old one's expiry. Null when the old one is no longer active or was rotated before.
    /// </summary>
    public async Task<(ApiKey Row, string Key)?> RotateAsync(
        ApiKey known, TimeSpan overlap, CancellationToken cancellation)
    {
        var (id, key) = (Guid.CreateVersion7(), Secret.New(ApiKeyCallers.Prefix));
        var made = await database.FindAsync<Made>(
            "select * from ops.rotate_api_key(@old, @overlap, @id, @prefix, @hash)",
            new { old = known.Id, overlap, id, prefix = key[..PrefixLength], hash = Secret.Hash(key) }, cancellation);
        var wanted = new NewApiKey(known.UserId, known.Name, known.Scopes, known.ExpiresAt);
        return made is null ? null : (made.Key(id, wanted, key), key);
    }

    private sealed record Made(DateTimeOffset? ExpiresAt, DateTimeOffset CreatedAt)
    {
        public ApiKey Key(Guid id, NewApiKey wanted, string key) => new(
            id, wanted.UserId, wanted.Name, key[..PrefixLength], [.. wanted.Scopes], "active", ExpiresAt, null, null,
            null, CreatedAt, CreatedAt);
    }
}
