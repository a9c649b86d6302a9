using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The keys in credentials: sealed for their row, opened for whoever may use them, and tried.</summary>
public sealed class ProviderKeys(
    Database database, OrganizationScope scope, SecretBox secrets, KeyTrial trial, CredentialUsage usage)
{
    private const string SelectRow =
        """
        select c.id, c.user_id, coalesce(c.base_url, p.base_url) as base_url, p.validation_rules, c.ciphertext,
            c.encryption_key_id
        from ops.provider_credential c
        join ops.provider p on p.id = c.provider_id
        """;

    /// <summary>
    /// The key to use for a provider: the acting user's own, else the organization's; of several the newest. Null when
    /// there is none, or the provider is off. Ask for each piece of work: keys are replaced and revoked.
    /// </summary>
    /// <exception cref="SecretUnreadableException">What is stored was tampered with.</exception>
    /// <exception cref="SecretsUnavailableException">The key that it is sealed under is away.</exception>
    public async Task<UsableCredential?> UseAsync(string provider, CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            $"""
            {SelectRow}
            where p.name = @provider and p.is_active and c.is_active
            order by c.user_id is null, c.id desc
            limit 1
            """,
            new { provider }, cancellation);
        if (row is not { BaseUrl: { } baseUrl })
            return null;

        var secret = await OpenAsync(row, cancellation);
        if (usage.Count(row.Id) is > 0 and var uses)
            await database.ExecuteAsync(
                """
                update ops.provider_credential
                set usage_count = usage_count + @uses, last_used_at = now()
                where id = @Id
                """,
                new { row.Id, uses }, cancellation);
        return new(row.Id, provider, baseUrl, secret);
    }

    /// <summary>Why a key is not known to be good; null when its provider accepts it.</summary>
    /// <inheritdoc cref="UseAsync" path="exception"/>
    public async Task<string?> FindFaultAsync(Guid credential, CancellationToken cancellation)
    {
        var row = await database.FindAsync<Row>(
            $"{SelectRow} where c.id = @credential", new { credential }, cancellation);
        var rules = row?.ValidationRules?.Deserialize<ValidationRules>(JsonSerializerOptions.Web);
        return row is { BaseUrl: { } baseUrl } && rules is not null
            ? await trial.FindFaultAsync(baseUrl, rules, await OpenAsync(row, cancellation), cancellation)
            : "The provider does not say how a key is tried.";
    }

    internal Task<SealedSecret> SealAsync(
        string secret, Guid credential, Guid? user, CancellationToken cancellation) =>
        secrets.SealAsync(secret, Place(credential, user), cancellation);

    private Task<string> OpenAsync(Row row, CancellationToken cancellation) =>
        secrets.OpenAsync(new(row.Ciphertext, row.EncryptionKeyId), Place(row.Id, row.UserId), cancellation);

    private SecretPlace Place(Guid credential, Guid? user) =>
        new("ops.provider_credential.ciphertext", credential, scope.Id, user);

    private sealed record Row(
        Guid Id, Guid? UserId, string? BaseUrl, JsonObject? ValidationRules, byte[] Ciphertext, string EncryptionKeyId);
}
