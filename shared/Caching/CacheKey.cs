using System.Security.Cryptography;
using System.Text.Json;

namespace Assay;

/// <summary>What an answer is remembered under: a hash of everything that determines it.</summary>
public sealed class CacheKey
{
    private CacheKey(byte[] hash) => Hash = hash;

    /// <summary>SHA-256.</summary>
    public byte[] Hash { get; }

    /// <param name="parts">
    /// What is computed, by whom and of what; anything that JSON can hold. The organization is not among them: it is
    /// part of every key by itself.
    /// </param>
    public static CacheKey Of(params object?[] parts) =>
        new(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(parts)));
}
