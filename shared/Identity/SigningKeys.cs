using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// The keys that session tokens are signed with, shared by all processes. A new one takes over by itself as often as
/// <see cref="SessionOptions.KeyDays"/> says, and the old one verifies until its last token has expired.
/// </summary>
public sealed class SigningKeys(
    DatabasePools pools, SecretBox secrets, IOptions<SessionOptions> options, TimeProvider time) : IDisposable
{
    private const string Column = "ops.signing_key.ciphertext";

    // What another process or the operator did to the keys is seen within the first; a token with a kid that nobody
    // knows causes a look into the database at most as often as the second says.
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LooksApart = TimeSpan.FromSeconds(1);

    private readonly Database database = new(pools, new OrganizationScope());
    private readonly SemaphoreSlim loading = new(1, 1);
    private volatile Ring ring = new([], null, null, DateTimeOffset.MinValue);

    /// <summary>The key to sign with.</summary>
    /// <exception cref="SecretsUnavailableException">There is nothing to keep it under, or to read it with.</exception>
    public async Task<SigningKey> SignerAsync(CancellationToken cancellation) =>
        ring is { Signer: { } signer } current && IsWithin(current, FreshFor)
            ? signer
            : (await LoadAsync(known => known.Signer is not null && IsWithin(known, FreshFor), true, cancellation))
                .Signer!;

    /// <summary>The key with this <c>kid</c> while it verifies, or null.</summary>
    public async Task<SigningKey?> FindAsync(string id, CancellationToken cancellation)
    {
        var current = ring;
        if (!IsWithin(current, current.Verifiers.ContainsKey(id) ? FreshFor : LooksApart))
            current = await LoadAsync(
                known => IsWithin(known, known.Verifiers.ContainsKey(id) ? FreshFor : LooksApart), false, cancellation);
        return current.Verifiers.GetValueOrDefault(id);
    }

    public void Dispose() => loading.Dispose();

    private bool IsWithin(Ring known, TimeSpan age) => time.GetUtcNow() - known.LoadedAt < age;

    private async Task<Ring> LoadAsync(Predicate<Ring> suffices, bool toSign, CancellationToken cancellation)
    {
        await loading.WaitAsync(cancellation);
        try
        {
            if (suffices(ring))
                return ring;
            var rows = await ListAsync(cancellation);
            if (toSign && !rows.Any(row => row.Signs))
            {
                await CreateAsync(cancellation);
                rows = await ListAsync(cancellation);
            }
            return ring = await ReadAsync(rows, toSign, cancellation);
        }
        finally
        {
            loading.Release();
        }
    }

    private Task<IReadOnlyList<Row>> ListAsync(CancellationToken cancellation) =>
        database.ListAsync<Row>(
            """
            select id, public_key, ciphertext, encryption_key_id, signs_until > now() as signs
            from ops.signing_key
            where verifies_until > now()
            order by created_at desc, id
            """,
            null, cancellation);

    private async Task<Ring> ReadAsync(IReadOnlyList<Row> rows, bool toSign, CancellationToken cancellation)
    {
        var (signer, signerId) = (ring.Signer, ring.SignerId);
        var newest = rows.FirstOrDefault(row => row.Signs);
        if (newest?.Id != signerId)
            (signer, signerId) = (null, null);
        if (toSign && newest is not null && signer is null)
            (signer, signerId) = (await OpenAsync(newest, cancellation), newest.Id);
        return new Ring(rows.ToDictionary(row => $"{row.Id}", Verifier), signer, signerId, time.GetUtcNow());
    }

    private async Task<SigningKey> OpenAsync(Row row, CancellationToken cancellation)
    {
        var exported = Convert.FromBase64String(await secrets.OpenAsync(
            new SealedSecret(row.Ciphertext, row.EncryptionKeyId), Place(row.Id), cancellation));
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(exported, out _);
        CryptographicOperations.ZeroMemory(exported);
        return new SigningKey(row.Id, key);
    }

    private SigningKey Verifier(Row row)
    {
        if (ring.Verifiers.TryGetValue($"{row.Id}", out var known))
            return known;
        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(row.PublicKey, out _);
        return new SigningKey(row.Id, key);
    }

    private async Task CreateAsync(CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var exported = key.ExportPkcs8PrivateKey();
        var sealedKey = await secrets.SealAsync(Convert.ToBase64String(exported), Place(id), cancellation);
        CryptographicOperations.ZeroMemory(exported);

        await database.InTransactionAsync(
            async transaction =>
            {
                // Of several processes that find no key, one adds one.
                await transaction.ExecuteAsync(
                    "select pg_advisory_xact_lock(hashtextextended('ops.signing_key', 0))", null, cancellation);
                await transaction.ExecuteAsync(
                    """
                    delete from ops.signing_key where verifies_until <= now();
                    insert into ops.signing_key (id, public_key, ciphertext, encryption_key_id, signs_until,
                        verifies_until)
                    select @id, @publicKey, @Ciphertext, @EncryptionKeyId, now() + @signs, now() + @verifies
                    where not exists (select from ops.signing_key where signs_until > now())
                    """,
                    new
                    {
                        id,
                        publicKey = key.ExportSubjectPublicKeyInfo(),
                        sealedKey.Ciphertext,
                        sealedKey.EncryptionKeyId,
                        signs = TimeSpan.FromDays(options.Value.KeyDays),
                        // A process goes on signing until it looks again.
                        verifies = TimeSpan.FromDays(options.Value.KeyDays) + options.Value.Lifetime + 2 * FreshFor,
                    },
                    cancellation);
            },
            cancellation);
    }

    private static SecretPlace Place(Guid id) => new(Column, id, null, null);

    private sealed record Ring(
        Dictionary<string, SigningKey> Verifiers, SigningKey? Signer, Guid? SignerId, DateTimeOffset LoadedAt);

    private sealed record Row(Guid Id, byte[] PublicKey, byte[] Ciphertext, string EncryptionKeyId, bool Signs);
}
