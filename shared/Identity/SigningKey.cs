using System.Security.Cryptography;

namespace Assay;

/// <summary>A key for ES256: ECDSA on P-256 with SHA-256.</summary>
/// <param name="key">With its private part.</param>
public sealed class SigningKey(Guid id, ECDsa key)
{
    // An ECDsa is not safe to use by several threads.
    private readonly Lock oneAtATime = new();

    /// <summary>The <c>kid</c> of tokens.</summary>
    public string Id { get; } = id.ToString();

    /// <summary>As a SubjectPublicKeyInfo.</summary>
    public byte[] PublicKey { get; } = key.ExportSubjectPublicKeyInfo();

    public byte[] Sign(byte[] data)
    {
        lock (oneAtATime)
            return key.SignData(data, HashAlgorithmName.SHA256);
    }

    public bool Verifies(byte[] data, byte[] signature)
    {
        lock (oneAtATime)
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256);
    }
}
