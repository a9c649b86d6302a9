using Npgsql;

namespace Assay;

/// <summary>
/// Credentials for providers: those of the organization, and the caller's own. Others' own are not there for anybody
/// else; row-level security sees to it. Keys are sealed before they are stored, and leave through
/// <see cref="ProviderKeys"/> alone.
/// </summary>
public sealed class CredentialStore(Database database, OrganizationScope scope, ProviderKeys keys)
{
    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<ProviderCredential>> ListAsync(
        CredentialFilter filter, Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<ProviderCredential>(
            $"""
            select {ProviderCredential.Columns}
            from ops.provider_credential c
            where (@Provider::text is null or c.provider_id = (select id from ops.provider where name = @Provider))
                and (@IsActive::boolean is null or c.is_active = @IsActive)
                and (@after::uuid is null or c.id < @after)
            order by c.id desc limit @limit
            """,
            new { filter.Provider, filter.IsActive, after, limit }, cancellation);

    public Task<ProviderCredential?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<ProviderCredential>(
            $"select {ProviderCredential.Columns} from ops.provider_credential c where c.id = @id",
            new { id }, cancellation);

    /// <param name="added">Obeys <see cref="CredentialRules"/>; a personal one needs a user who acts.</param>
    public async Task<CredentialOutcome> AddAsync(
        NewCredential added, Provider provider, CancellationToken cancellation)
    {
        var (id, user) = (Guid.CreateVersion7(), added.IsPersonal ? scope.Actor.UserId : null);
        var key = await keys.SealAsync(added.Secret, id, user, cancellation);
        return await StoreAsync(
            $"""
            with c as (
                insert into ops.provider_credential (id, organization_id, user_id, provider_id, name, base_url,
                    ciphertext, encryption_key_id, last_four)
                values (@id, @Organization, @user, @Provider, @Name, @BaseUrl, @Ciphertext, @EncryptionKeyId, @LastFour)
                returning *
            )
            select {ProviderCredential.Columns} from c
            """,
            new
            {
                id,
                Organization = scope.Id,
                user,
                Provider = provider.Id,
                added.Name,
                added.BaseUrl,
                key.Ciphertext,
                key.EncryptionKeyId,
                LastFour = CredentialRules.LastFour(added.Secret),
            },
            cancellation);
    }

    /// <summary>A new key, or one for another address, counts as not validated.</summary>
    /// <param name="settings">Obey <see cref="CredentialRules"/>.</param>
    public async Task<CredentialOutcome> ChangeAsync(
        ProviderCredential known, CredentialSettings settings, CancellationToken cancellation)
    {
        var key = settings.Secret is { } secret
            ? await keys.SealAsync(secret, known.Id, known.UserId, cancellation)
            : null;
        return await StoreAsync(
            $"""
            with c as (
                update ops.provider_credential
                set name = @Name, base_url = @BaseUrl, is_active = @IsActive,
                    ciphertext = coalesce(@Ciphertext, ciphertext),
                    encryption_key_id = coalesce(@EncryptionKeyId, encryption_key_id),
                    last_four = case when @replaced then @LastFour else last_four end,
                    is_validated = is_validated and not @untried,
                    validated_at = case when not @untried then validated_at end,
                    validation_error = case when not @untried then validation_error end,
                    last_error = case when not @untried then last_error end,
                    last_error_at = case when not @untried then last_error_at end,
                    version = version + 1, updated_at = now()
                where id = @Id and version = @Version
                returning *
            )
            select {ProviderCredential.Columns} from c
            """,
            new
            {
                known.Id,
                known.Version,
                settings.Name,
                settings.BaseUrl,
                settings.IsActive,
                key?.Ciphertext,
                key?.EncryptionKeyId,
                LastFour = settings.Secret is null ? null : CredentialRules.LastFour(settings.Secret),
                replaced = key is not null,
                untried = key is not null || settings.BaseUrl != known.BaseUrl,
            },
            cancellation);
    }

    /// <summary>False when it is no longer as it was known, or gone.</summary>
    public Task<bool> TryDeleteAsync(ProviderCredential known, CancellationToken cancellation) =>
        database.ChangedAsync(
            "delete from ops.provider_credential where id = @Id and version = @Version",
            new { known.Id, known.Version }, cancellation);

    /// <summary>
    /// Records what a trial of the key found. Null when the credential is no longer as it was known, or gone.
    /// </summary>
    /// <param name="fault">Why the key is not known to be good; null when it is.</param>
    public Task<ProviderCredential?> RecordTrialAsync(
        ProviderCredential known, string? fault, CancellationToken cancellation) =>
        database.FindAsync<ProviderCredential>(
            $"""
            with c as (
                update ops.provider_credential
                set is_validated = @fault::text is null, validation_error = @fault, validated_at = now(),
                    version = version + 1, updated_at = now()
                where id = @Id and version = @Version
                returning *
            )
            select {ProviderCredential.Columns} from c
            """,
            new { known.Id, known.Version, fault }, cancellation);

    private async Task<CredentialOutcome> StoreAsync(string sql, object parameters, CancellationToken cancellation)
    {
        try
        {
            return await database.FindAsync<ProviderCredential>(sql, parameters, cancellation) is { } stored
                ? new CredentialOutcome.Stored(stored)
                : new CredentialOutcome.Stale();
        }
        catch (PostgresException e) when (e.ConstraintName == "provider_credential_name_unique")
        {
            return new CredentialOutcome.NameTaken();
        }
    }
}
