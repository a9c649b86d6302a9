using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// The keys in credentials: sealed for their row, opened for whoever may use them within the provider's limits, and
/// tried.
/// </summary>
public sealed class ProviderKeys(
    Database database, OrganizationScope scope, SecretBox secrets, KeyTrial trial, CredentialUsage usage,
    RateLimits limits)
{
    private const string Columns =
        """
        p.name as provider, coalesce(c.base_url, p.base_url) as base_url, p.validation_rules,
            p.max_requests_per_minute, p.max_requests_per_day, c.id, c.user_id, c.ciphertext, c.encryption_key_id
        """;

    /// <summary>
    /// The key to use for one request to a provider, and the permit for it: the acting user's own, else the
    /// organization's, of several the newest; else the installation's. Null when there is none, or the provider is off.
    /// Ask for each request: keys are replaced and revoked.
    /// </summary>
    /// <param name="installation">Null where the organization has to have its own.</param>
    /// <exception cref="RateLimitedException">The organization has used up what it may ask of the provider.</exception>
    /// <exception cref="SecretUnreadableException">What is stored was tampered with.</exception>
    /// <exception cref="SecretsUnavailableException">The key that it is sealed under is away.</exception>
    public async Task<UsableCredential?> UseAsync(
        string provider, InstallationKey? installation, CancellationToken cancellation)
    {
        if (await FindAsync(provider, cancellation) is not { } row || AddressOf(row, installation) is not { } address)
            return null;

        var secret = row.Id is null ? installation!.Secret : await OpenAsync(row, cancellation);
        // Last, because a permit is good for a second only.
        await TakePermitAsync(row, cancellation);
        if (row.Id is { } id && usage.Count(id) is > 0 and var uses)
            await database.ExecuteAsync(
                """
                update ops.provider_credential
                set usage_count = usage_count + @uses, last_used_at = now()
                where id = @id
                """,
                new { id, uses }, cancellation);
        return new(row.Id, provider, address, secret, row.Rules());
    }

    /// <summary>Where requests go at present: one name may be another model elsewhere. Null when nowhere.</summary>
    public async Task<string?> FindAddressAsync(
        string provider, InstallationKey? installation, CancellationToken cancellation) =>
        await FindAsync(provider, cancellation) is { } row ? AddressOf(row, installation) : null;

    /// <summary>Remembers what went wrong with a credential when it was used.</summary>
    /// <param name="fault">For its owners to read.</param>
    internal Task RecordFaultAsync(UsableCredential used, string fault, CancellationToken cancellation) =>
        used.Id is not { } id
            ? Task.CompletedTask
            : database.ExecuteAsync(
                "update ops.provider_credential set last_error = @fault, last_error_at = now() where id = @id",
                new { id, fault }, cancellation);

    /// <summary>Why a key is not known to be good; null when its provider accepts it.</summary>
    /// <inheritdoc cref="UseAsync" path="exception"/>
    public async Task<string?> FindFaultAsync(Guid credential, CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            $"""
            select {Columns}
            from ops.provider_credential c
            join ops.provider p on p.id = c.provider_id
            where c.id = @credential
            """,
            new { credential }, cancellation);
        if (row is not { BaseUrl: { } baseUrl } || row.Rules() is not { } rules)
            return "The provider does not say how a key is tried.";

        var secret = await OpenAsync(row, cancellation);
        await TakePermitAsync(row, cancellation);
        return await trial.FindFaultAsync(baseUrl, rules, secret, cancellation);
    }

    internal Task<SealedSecret> SealAsync(
        string secret, Guid credential, Guid? user, CancellationToken cancellation) =>
        secrets.SealAsync(secret, Place(credential, user), cancellation);

    private Task<Row?> FindAsync(string provider, CancellationToken cancellation) => database.FindAsync<Row>(
        $"""
        select {Columns}
        from ops.provider p
        left join ops.provider_credential c on c.provider_id = p.id and c.is_active
        where p.name = @provider and p.is_active
        order by c.id is null, c.user_id is null, c.id desc
        limit 1
        """,
        new { provider }, cancellation);

    // A key goes nowhere but where whoever gave it said: the organization's never to the installation's address, and
    // the installation's never to the organization's.
    private static string? AddressOf(Row row, InstallationKey? installation) => row.Id is not null
        ? row.BaseUrl
        : installation?.BaseUrl ?? (installation?.Secret is null ? null : row.BaseUrl);

    private async Task TakePermitAsync(Row row, CancellationToken cancellation)
    {
        var decision = await limits.TakeAsync(
            RateLimit.OfMinuteAndDay(
                "provider", $"{scope.Id}:{row.Provider}", row.MaxRequestsPerMinute, row.MaxRequestsPerDay),
            cancellation);
        if (!decision.Admitted)
            throw new RateLimitedException(row.Provider, decision.Tightest.Limit, decision.Tightest.Reset);
    }

    private Task<string> OpenAsync(Row row, CancellationToken cancellation) => secrets.OpenAsync(
        new(row.Ciphertext!, row.EncryptionKeyId!), Place(row.Id!.Value, row.UserId), cancellation);

    private SecretPlace Place(Guid credential, Guid? user) =>
        new("ops.provider_credential.ciphertext", credential, scope.Id, user);

    /// <summary>A provider, with a credential where its id is not null.</summary>
    private sealed record Row(
        string Provider, string? BaseUrl, JsonObject? ValidationRules, int MaxRequestsPerMinute, int MaxRequestsPerDay,
        Guid? Id, Guid? UserId, byte[]? Ciphertext, string? EncryptionKeyId)
    {
        public ValidationRules? Rules() => ValidationRules?.Deserialize<ValidationRules>(JsonSerializerOptions.Web);
    }
}
