using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Assay;

/// <summary>Secrets that are shown once and kept as a hash: API keys, invitations, links.</summary>
public static class Secret
{
    /// <summary>A prefix that says what it is, and random bytes as base64url.</summary>
    /// <param name="bytes">At least the 24 that are 192 bits.</param>
    public static string New(string prefix, int bytes = 24) =>
        prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>
    /// SHA-256. No salt and no stretching: there is nothing to guess in 192 random bits, and a hash must be found by
    /// its value.
    /// </summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
