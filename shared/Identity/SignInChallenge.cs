using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Assay;

/// <summary>
/// What binds a code to the page that began a sign-in, as PKCE (RFC 7636, method S256) does: the page keeps a random
/// verifier, begins with its SHA-256, and shows the verifier with the code.
/// </summary>
public static class SignInChallenge
{
    public const string Pattern = "[A-Za-z0-9_-]{43}";

    public const string Expected =
        "the base64url of the SHA-256 of a verifier; required with returnTo, but for linking an account";

    public const string VerifierPattern = "[A-Za-z0-9._~-]{43,128}";

    /// <summary>The 32 bytes of a text that fits <see cref="Pattern"/>; null when it does not encode as many.</summary>
    public static byte[]? Read(string text)
    {
        Span<byte> bytes = stackalloc byte[33];
        return Base64Url.TryDecodeFromChars(text, bytes, out var count) && count == 32 ? bytes[..32].ToArray() : null;
    }

    public static byte[] OfVerifier(string verifier) => SHA256.HashData(Encoding.ASCII.GetBytes(verifier));

    /// <summary>What is kept of a code: it is found again by who shows the verifier, too.</summary>
    internal static byte[] HashOf(string code, byte[] challenge) =>
        Secret.Hash($"{code} {Convert.ToHexString(challenge)}");
}
