using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Whom a provider says somebody is.</summary>
/// <param name="Subject">Never given to anybody else by this provider.</param>
/// <param name="EmailVerified">Whether the provider has seen that mail to the address arrives.</param>
/// <param name="Tokens">The provider's, as JSON; secret.</param>
public sealed record ExternalIdentity(
    string Provider, string Subject, string? Email, bool EmailVerified, string? Name, string? AvatarUrl,
    JsonObject Profile, string Tokens);

/// <summary>Somebody else whom people sign in with, by the authorization code flow with PKCE.</summary>
public interface IIdentityProvider
{
    string Name { get; }

    /// <summary>Where to send the browser.</summary>
    /// <exception cref="IdentityProviderException">The provider is away, or makes no sense.</exception>
    Task<Uri> AuthorizationAsync(ProviderVisit visit, CancellationToken cancellation);

    /// <summary>Who came back with a code.</summary>
    /// <param name="issuer">The parameter <c>iss</c> of the answer, where there was one.</param>
    /// <exception cref="IdentityProviderException">The provider is away, or what it says cannot be trusted.</exception>
    Task<ExternalIdentity> RedeemAsync(
        ProviderVisit visit, string code, string? issuer, CancellationToken cancellation);
}

/// <summary>A provider is away, or what it says cannot be trusted. The message holds nothing secret.</summary>
public sealed class IdentityProviderException(string message, Exception? inner = null) : Exception(message, inner);
