namespace Assay;

/// <summary>A key for a provider, as its owners see it: without the key.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="UserId">Whose own it is; null for the organization's.</param>
/// <param name="BaseUrl">Where it is good for, if not at the provider's own address.</param>
/// <param name="LastFour">The key's last characters; null of a key so short that they would tell too much.</param>
/// <param name="IsValidated">Whether the provider accepted it when it was last tried.</param>
/// <param name="ValidationError">Why not.</param>
/// <param name="UsageCount">May lag behind by a few seconds.</param>
/// <param name="LastError">What went wrong when it was last used in vain, with this key or at this address.</param>
public sealed record ProviderCredential(
    Guid Id,
    string Provider,
    Guid? UserId,
    string Name,
    string? BaseUrl,
    string? LastFour,
    bool IsActive,
    bool IsValidated,
    DateTimeOffset? ValidatedAt,
    string? ValidationError,
    long UsageCount,
    DateTimeOffset? LastUsedAt,
    string? LastError,
    DateTimeOffset? LastErrorAt,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>Of <c>c</c>, a row of <c>ops.provider_credential</c>.</summary>
    internal const string Columns =
        """
        c.id, (select p.name from ops.provider p where p.id = c.provider_id) as provider, c.user_id, c.name, c.base_url,
        c.last_four, c.is_active, c.is_validated, c.validated_at, c.validation_error, c.usage_count, c.last_used_at,
        c.last_error, c.last_error_at, c.version, c.created_at, c.updated_at
        """;
}

/// <summary>What <see cref="CredentialStore.ListAsync"/> leaves out; null takes all.</summary>
public sealed record CredentialFilter(string? Provider = null, bool? IsActive = null);

/// <summary>What became of a credential that was to be stored.</summary>
public abstract record CredentialOutcome
{
    public sealed record Stored(ProviderCredential Credential) : CredentialOutcome;

    /// <summary>The owner has another of this name at the provider.</summary>
    public sealed record NameTaken : CredentialOutcome;

    /// <summary>It is no longer as it was known, or gone.</summary>
    public sealed record Stale : CredentialOutcome;
}
