using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// Key-encryption keys from the settings. A wrapped key is nonce (12 bytes), ciphertext (32) and tag (16) of
/// AES-256-GCM with the key's id as associated data. The nonces are random: a key may wrap 2³² times at most.
/// </summary>
internal sealed class ConfiguredKeys(IOptions<SecretsOptions> options) : IKeyEncryption
{
    private readonly Dictionary<string, byte[]> keys =
        options.Value.Given.ToDictionary(key => key.Key, key => Convert.FromBase64String(key.Value));

    public Task<byte[]> WrapAsync(string keyId, byte[] dataKey, CancellationToken cancellation)
    {
        using var cipher = new AesGcm(Find(keyId), Gcm.TagLength);
        return Task.FromResult(Gcm.Encrypt(cipher, dataKey, Encoding.UTF8.GetBytes(keyId)));
    }

    public Task<byte[]> UnwrapAsync(string keyId, byte[] wrapped, CancellationToken cancellation)
    {
        using var cipher = new AesGcm(Find(keyId), Gcm.TagLength);
        return Task.FromResult(Gcm.Decrypt(cipher, wrapped, Encoding.UTF8.GetBytes(keyId)));
    }

    private byte[] Find(string keyId) => keys.GetValueOrDefault(keyId)
        ?? throw new SecretsUnavailableException($"Assay__Secrets__Keys__{keyId} is not set.");
}
