using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Whom a provider says somebody is.</summary>
/// <param name="Subject">Never given to anybody else by this provider.</param>
/// <param name="EmailVerified">Whether the provider has seen that mail to the address arrives.</param>
/// <param name="Profile">Of <see cref="ProfileOf"/>.</param>
/// <param name="Tokens">The provider's, as JSON; secret.</param>
public sealed record ExternalIdentity(
    string Provider, string Subject, string? Email, bool EmailVerified, string? Name, string? AvatarUrl,
    JsonObject Profile, string Tokens)
{
    private const int SubjectLengthMax = 255;
    private const int ProfileTextLengthMax = 2048;

    /// <summary>Whether a text tells one person from all others, and can be kept.</summary>
    public static bool IsSubject(string? text) =>
        text is { Length: > 0 and <= SubjectLengthMax } && !text.EnumerateRunes().Any(ShownText.IsHidden);

    /// <summary>
    /// What is kept of all that a provider says of somebody: texts of some length, and yes or no. Its other members are
    /// used by nobody, and may be anything.
    /// </summary>
    public static JsonObject ProfileOf(JsonObject said) => new(
        from member in said
        where member.Value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False
            || (member.Value?.GetValueKind() is JsonValueKind.String
                && member.Value.GetValue<string>().Length <= ProfileTextLengthMax)
        select KeyValuePair.Create(member.Key, (JsonNode?)member.Value.DeepClone()));
}

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
