using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <param name="Items">Names of providers, as in <c>auth/{provider}/start</c>.</param>
public sealed record IdentityProviderList(IReadOnlyList<string> Items);

/// <param name="ReturnTo">Where to send the browser in the end: a path, or an address whose origin is allowed.</param>
/// <param name="Challenge">
/// The base64url of the SHA-256 of a verifier that the page at <c>returnTo</c> keeps: only with that is the code that
/// it is sent good for anything. Required with <c>returnTo</c>, but for linking an account.
/// </param>
public sealed record StartQuery(
    [MaxLength(OutboundUrl.LengthMax)] string? ReturnTo,
    [RegularExpression(SignInChallenge.Pattern, ErrorMessage = SignInChallenge.Expected)] string? Challenge);

/// <summary>The body of <c>POST /auth/{provider}/start</c>.</summary>
/// <param name="ReturnTo">As in the address of <c>GET</c>.</param>
/// <param name="Invitation">
/// The token of an invitation to the address that the provider has verified: whoever comes is a member at once.
/// </param>
/// <param name="Challenge">As in the address of <c>GET</c>.</param>
public sealed record SignInStart(
    [MaxLength(OutboundUrl.LengthMax)] string? ReturnTo = null,
    [MaxLength(100)] string? Invitation = null,
    [RegularExpression(SignInChallenge.Pattern, ErrorMessage = SignInChallenge.Expected)] string? Challenge = null)
{
    public static SignInStart Example =>
        new("/welcome", "the-token-of-the-invitation", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/// <summary>Where the browser is to go.</summary>
public sealed record SignInAddress(Uri Location);

/// <summary>The body of <c>POST /auth/exchange</c>.</summary>
/// <param name="Verifier">Whose SHA-256 was the challenge that the sign-in began with.</param>
public sealed record SignInCode(
    [MaxLength(100)] string Code,
    [RegularExpression(SignInChallenge.VerifierPattern, ErrorMessage =
        "the verifier: 43 to 128 letters, digits, hyphens, dots, underscores and tildes")]
    string Verifier)
{
    public static SignInCode Example => new("the-code-of-the-address", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

/// <summary>What a provider adds to the address that it sends the browser back to.</summary>
/// <param name="Error">Why there is no code.</param>
/// <param name="Iss">Who answers (RFC 9207).</param>
public sealed record CallbackQuery(string? State, string? Code, string? Error, string? Iss)
{
    internal string? Issuer => Iss;

    /// <summary>The error where it reads like the codes of the specifications, and so can be repeated.</summary>
    internal string Reason => Error is { Length: <= 50 } && Error.All(c => c is (>= 'a' and <= 'z') or '_')
        ? Error
        : "it gave no reason";

    /// <summary>Providers add what they like, and what is not known of it is nobody's mistake.</summary>
    internal static CallbackQuery Of(HttpRequest request)
    {
        string? One(string name) => request.Query[name] is [{ Length: > 0 and <= 4096 } value] ? value : null;
        return new(One("state"), One("error") is null ? One("code") : null, One("error"), One("iss"));
    }
}
