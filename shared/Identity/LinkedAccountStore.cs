using Npgsql;

namespace Assay;

/// <summary>An identity at a provider that leads to the current person's account.</summary>
/// <param name="Email">As the provider knows it.</param>
public sealed record LinkedAccount(
    Guid Id, string Provider, string? Name, string? Email, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

public enum Unlinking
{
    Done,
    NotFound,

    /// <summary>Nobody could sign in any more.</summary>
    LastWay,
}

/// <summary>The identities that lead to the current person's account. Their tokens are never handed out.</summary>
public sealed class LinkedAccountStore(IdentityDatabase database, SecretBox secrets, OrganizationScope scope)
{
    private const string Column = "ops.auth_account.ciphertext";

    private const string Columns =
        """
        id, provider, coalesce(raw_profile ->> 'name', raw_profile ->> 'login') as name,
        raw_profile ->> 'email' as email, created_at, updated_at
        """;

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<LinkedAccount>> ListAsync(Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<LinkedAccount>(
            $"""
            select {Columns} from ops.auth_account
            where user_id = @UserId and (@after::uuid is null or id < @after)
            order by id desc
            limit @limit
            """,
            new { scope.Actor.UserId, after, limit }, cancellation);

    /// <summary>Links an identity that leads nowhere yet. False when it was linked meanwhile.</summary>
    public async Task<bool> TryAddAsync(ExternalIdentity identity, CancellationToken cancellation)
    {
        try
        {
            await database.InTransactionAsync(await AddingAsync(identity, cancellation), cancellation);
            return true;
        }
        catch (PostgresException e) when (e.ConstraintName == "auth_account_once")
        {
            return false;
        }
    }

    /// <summary>What adds it in a transaction, with its tokens sealed beforehand.</summary>
    internal async Task<Func<DatabaseTransaction, Task>> AddingAsync(
        ExternalIdentity identity, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        var user = scope.Actor.UserId!.Value;
        var tokens = await secrets.SealAsync(identity.Tokens, Place(id, user), cancellation);
        return transaction => transaction.ExecuteAsync(
            "select ops.add_auth_account(@id, @Provider, @Subject, @Ciphertext, @EncryptionKeyId, @Profile)",
            new
            {
                id, identity.Provider, identity.Subject, tokens.Ciphertext, tokens.EncryptionKeyId, identity.Profile,
            },
            cancellation);
    }

    /// <summary>Keeps what the provider says and gives now.</summary>
    public async Task RenewAsync(Guid id, ExternalIdentity identity, CancellationToken cancellation)
    {
        var tokens = await secrets.SealAsync(identity.Tokens, Place(id, scope.Actor.UserId!.Value), cancellation);
        await database.ExecuteAsync(
            "select ops.renew_auth_account(@id, @Ciphertext, @EncryptionKeyId, @Profile)",
            new { id, tokens.Ciphertext, tokens.EncryptionKeyId, identity.Profile }, cancellation);
    }

    /// <summary>Never takes away the last way to sign in.</summary>
    public async Task<Unlinking> RemoveAsync(Guid id, CancellationToken cancellation) =>
        await database.ValueAsync<string>("select ops.remove_auth_account(@id)", new { id }, cancellation) switch
        {
            "done" => Unlinking.Done,
            "last_way" => Unlinking.LastWay,
            _ => Unlinking.NotFound,
        };

    private static SecretPlace Place(Guid id, Guid user) => new(Column, id, null, user);
}
