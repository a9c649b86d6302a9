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

    private readonly IdentityDatabase database = new(pools, new OrganizationScope());
    private readonly SemaphoreSlim loading = new(1, 1);
    private volatile Ring ring = new([], [], null, DateTimeOffset.MinValue);

    /// <summary>The key to sign with.</summary>
    /// <exception cref="SecretsUnavailableException">There is nothing to keep it under, or to read it with.</exception>
    public async Task<SigningKey> SignerAsync(CancellationToken cancellation)
    {
        var current = ring;
        if (current.Signer is null || !IsWithin(current, FreshFor))
            current = await LoadAsync(
                known => known.Signer is not null && IsWithin(known, FreshFor), true, cancellation);
        return current.Signer ?? throw Unavailable(current.Unread.Values.FirstOrDefault());
    }

    /// <summary>The key with this <c>kid</c> while it verifies, or null.</summary>
    /// <exception cref="SecretsUnavailableException">There is one, which cannot be read now.</exception>
    public async Task<SigningKey?> FindAsync(string id, CancellationToken cancellation)
    {
        var current = ring;
        if (!IsWithin(current, current.Keys.ContainsKey(id) ? FreshFor : LooksApart))
            current = await LoadAsync(
                known => IsWithin(known, known.Keys.ContainsKey(id) ? FreshFor : LooksApart), false, cancellation);
        if (current.Unread.GetValueOrDefault(id) is SecretsUnavailableException reason)
            throw Unavailable(reason);
        return current.Keys.GetValueOrDefault(id);
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
            return ring = await ReadAsync(rows, cancellation);
        }
        finally
        {
            loading.Release();
        }
    }

    private Task<IReadOnlyList<Row>> ListAsync(CancellationToken cancellation) =>
        database.ListAsync<Row>("select * from ops.list_signing_keys()", null, cancellation);

    // Newest first. A row that was not sealed here is no key, whoever wrote it.
    private async Task<Ring> ReadAsync(IReadOnlyList<Row> rows, CancellationToken cancellation)
    {
        var (keys, unread) = (new Dictionary<string, SigningKey>(), new Dictionary<string, Exception>());
        SigningKey? signer = null;
        foreach (var row in rows)
            try
            {
                var key = ring.Keys.GetValueOrDefault($"{row.Id}") ?? await OpenAsync(row, cancellation);
                keys.Add(key.Id, key);
                if (row.Signs)
                    signer ??= key;
            }
            catch (Exception e) when (e is SecretUnreadableException or SecretsUnavailableException)
            {
                unread.Add($"{row.Id}", e);
            }
        return new Ring(keys, unread, signer, time.GetUtcNow());
    }

    // The public key is taken out of what is sealed, too: only what this app's secret has sealed is believed.
    private async Task<SigningKey> OpenAsync(Row row, CancellationToken cancellation)
    {
        var exported = Convert.FromBase64String(await secrets.OpenAsync(
            new SealedSecret(row.Ciphertext, row.EncryptionKeyId), Place(row.Id), cancellation));
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(exported, out _);
        CryptographicOperations.ZeroMemory(exported);
        return new SigningKey(row.Id, key);
    }

    private async Task CreateAsync(CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var exported = key.ExportPkcs8PrivateKey();
        var sealedKey = await secrets.SealAsync(Convert.ToBase64String(exported), Place(id), cancellation);
        CryptographicOperations.ZeroMemory(exported);

        // Of several processes that find no key, one adds one.
        await database.ExecuteAsync(
            "select ops.add_signing_key(@id, @Ciphertext, @EncryptionKeyId, @signs, @verifies)",
            new
            {
                id,
                sealedKey.Ciphertext,
                sealedKey.EncryptionKeyId,
                signs = TimeSpan.FromDays(options.Value.KeyDays),
                // A process goes on signing until it looks again.
                verifies = TimeSpan.FromDays(options.Value.KeyDays) + options.Value.Lifetime + 2 * FreshFor,
            },
            cancellation);
    }

    private static SecretsUnavailableException Unavailable(Exception? reason) =>
        new(reason?.Message ?? "No key signs sessions.");

    private static SecretPlace Place(Guid id) => new(Column, id, null, null);

    /// <param name="Unread">Keys that could not be opened, by id, and why.</param>
    private sealed record Ring(
        Dictionary<string, SigningKey> Keys, Dictionary<string, Exception> Unread, SigningKey? Signer,
        DateTimeOffset LoadedAt);

    private sealed record Row(Guid Id, byte[] Ciphertext, string EncryptionKeyId, bool Signs);
}
