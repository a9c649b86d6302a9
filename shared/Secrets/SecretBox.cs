using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// Seals secrets for storage, by envelope encryption: AES-256-GCM under a fresh data key for each, the data key wrapped
/// by a key-encryption key that the row names. The associated data binds column, row, organization and user.
/// <para>
/// Format: version (1 byte, 1), length of the wrapped key (2 bytes, big-endian), wrapped key, nonce (12 bytes),
/// ciphertext (as long as the secret's UTF-8), tag (16 bytes). Associated data: version (1 byte), row, organization and
/// user (16 bytes each, big-endian, zeros for none), column (UTF-8).
/// </para>
/// A table that keeps one has the columns <c>id</c>, <c>ciphertext</c> and <c>encryption_key_id</c>; by these
/// <see cref="SecretRotation"/> finds it. Several secrets of a row are sealed together, as JSON.
/// </summary>
public sealed class SecretBox
{
    /// <summary>Bytes of a secret's UTF-8 at most.</summary>
    public const int LengthMax = 64 * 1024;

    private const byte Version = 1;
    private const int HeaderLength = 3;
    private const int ColumnAt = 49;

    private readonly IOptions<SecretsOptions> options;
    private readonly IKeyEncryption configured;
    private readonly IKeyEncryption vault;

    internal SecretBox(IOptions<SecretsOptions> options, IKeyEncryption configured, IKeyEncryption vault) =>
        (this.options, this.configured, this.vault) = (options, configured, vault);

    /// <summary>Id of the key that seals.</summary>
    /// <exception cref="SecretsUnavailableException">None is configured.</exception>
    public string CurrentKeyId => options.Value.CurrentKey is { Length: > 0 } id
        ? id
        : throw new SecretsUnavailableException(
            "Secrets cannot be kept: set Assay__Secrets__CurrentKey and the key that it names.");

    /// <exception cref="SecretsUnavailableException">No key is configured, or the vault is away.</exception>
    public async Task<SealedSecret> SealAsync(string secret, SecretPlace place, CancellationToken cancellation)
    {
        var keyId = CurrentKeyId;
        var plain = Encoding.UTF8.GetBytes(secret);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plain.Length, LengthMax, nameof(secret));
        var dataKey = RandomNumberGenerator.GetBytes(SecretsOptions.KeyLength);
        try
        {
            var wrapped = await KeysOf(keyId).WrapAsync(keyId, dataKey, cancellation);
            using var cipher = new AesGcm(dataKey, Gcm.TagLength);
            return new(Join(wrapped, Gcm.Encrypt(cipher, plain, Associated(place))), keyId);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <exception cref="SecretUnreadableException">It was changed, or sealed for another place.</exception>
    /// <exception cref="SecretsUnavailableException">Its key is not configured, or the vault is away.</exception>
    public async Task<string> OpenAsync(SealedSecret secret, SecretPlace place, CancellationToken cancellation)
    {
        var (wrapped, content) = Split(secret.Ciphertext);
        var dataKey = await UnwrapAsync(secret.EncryptionKeyId, wrapped, cancellation);
        try
        {
            using var cipher = new AesGcm(dataKey, Gcm.TagLength);
            var plain = Gcm.Decrypt(cipher, content, Associated(place));
            var text = Encoding.UTF8.GetString(plain);
            CryptographicOperations.ZeroMemory(plain);
            return text;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    /// <summary>The same secret with its data key under the current key; what it says is not decrypted.</summary>
    /// <inheritdoc cref="OpenAsync" path="exception"/>
    public async Task<SealedSecret> RewrapAsync(SealedSecret secret, CancellationToken cancellation)
    {
        var keyId = CurrentKeyId;
        var (wrapped, content) = Split(secret.Ciphertext);
        var dataKey = await UnwrapAsync(secret.EncryptionKeyId, wrapped, cancellation);
        try
        {
            return new(Join(await KeysOf(keyId).WrapAsync(keyId, dataKey, cancellation), content), keyId);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    private async Task<byte[]> UnwrapAsync(string keyId, byte[] wrapped, CancellationToken cancellation)
    {
        var dataKey = await KeysOf(keyId).UnwrapAsync(keyId, wrapped, cancellation);
        return dataKey.Length == SecretsOptions.KeyLength ? dataKey : throw new SecretUnreadableException();
    }

    private IKeyEncryption KeysOf(string keyId) => SecretsOptions.IsOfVault(keyId) ? vault : configured;

    private static byte[] Join(byte[] wrapped, byte[] content)
    {
        var joined = new byte[HeaderLength + wrapped.Length + content.Length];
        joined[0] = Version;
        BinaryPrimitives.WriteUInt16BigEndian(joined.AsSpan(1), checked((ushort)wrapped.Length));
        wrapped.CopyTo(joined, HeaderLength);
        content.CopyTo(joined, HeaderLength + wrapped.Length);
        return joined;
    }

    private static (byte[] Wrapped, byte[] Content) Split(byte[] joined)
    {
        if (joined is not [Version, _, _, ..])
            throw new SecretUnreadableException();
        var end = HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(joined.AsSpan(1));
        return end <= joined.Length
            ? (joined[HeaderLength..end], joined[end..])
            : throw new SecretUnreadableException();
    }

    private static byte[] Associated(SecretPlace place)
    {
        var data = new byte[ColumnAt + Encoding.UTF8.GetByteCount(place.Column)];
        data[0] = Version;
        place.Row.TryWriteBytes(data.AsSpan(1), bigEndian: true, out _);
        place.Organization.GetValueOrDefault().TryWriteBytes(data.AsSpan(17), bigEndian: true, out _);
        place.User.GetValueOrDefault().TryWriteBytes(data.AsSpan(33), bigEndian: true, out _);
        Encoding.UTF8.GetBytes(place.Column, data.AsSpan(ColumnAt));
        return data;
    }
}
