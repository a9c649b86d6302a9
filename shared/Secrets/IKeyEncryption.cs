namespace Assay;

/// <summary>Encrypts data keys under key-encryption keys, which it alone can use.</summary>
internal interface IKeyEncryption
{
    /// <exception cref="SecretsUnavailableException">The key is not there, or is away.</exception>
    Task<byte[]> WrapAsync(string keyId, byte[] dataKey, CancellationToken cancellation);

    /// <returns>The data key, which the caller may overwrite.</returns>
    /// <exception cref="SecretsUnavailableException">The key is not there, or is away.</exception>
    /// <exception cref="SecretUnreadableException">This is not what the key once wrapped.</exception>
    Task<byte[]> UnwrapAsync(string keyId, byte[] wrapped, CancellationToken cancellation);
}
