using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Assay;

/// <summary>
/// One sign-in on its way to a provider and back. The state travels with it, the browser's secret stays in a cookie,
/// and what the provider must repeat or be shown is derived from both: whoever lacks the cookie can complete nothing.
/// </summary>
/// <param name="RedirectUri">Where the provider sends the browser back to.</param>
public sealed record ProviderVisit(string State, string Browser, string RedirectUri)
{
    public static ProviderVisit New(string redirectUri) => new(Secret.New(""), Secret.New(""), redirectUri);

    /// <summary>Of PKCE (RFC 7636).</summary>
    public string CodeVerifier => Derive("verifier");

    public string CodeChallenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(CodeVerifier)));

    /// <summary>Of OpenID Connect: binds the identity token to this visit.</summary>
    public string Nonce => Derive("nonce");

    private string Derive(string what) => Base64Url.EncodeToString(
        HMACSHA256.HashData(Encoding.ASCII.GetBytes(Browser), Encoding.ASCII.GetBytes($"{what} {State}")));
}
