using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Assay;

/// <summary>Secrets that are shown once and kept as a hash: API keys, invitations, links.</summary>
public static class Secret
{
    /// <summary>A prefix that says what it is, and 192 random bits as base64url.</summary>
    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    /// <summary>
    /// SHA-256. No salt and no stretching: there is nothing to guess in 192 random bits, and a hash must be found by
    /// its value.
    /// </summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
