using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Section <c>Assay:OAuth:{name}</c>: somebody else whom people sign in with. <c>github</c> and <c>google</c> are known
/// and need an id and a secret; any other name needs the issuer of an OpenID provider. A name stands for one issuer
/// for good, since identities are known by it.
/// </summary>
public sealed partial class IdentityProviderOptions
{
    public const string Section = "Assay:OAuth";
    public const string GitHub = "github";

    /// <summary>Exactly as the provider names itself. None for GitHub, which is no OpenID provider.</summary>
    public string? Issuer { get; set; }

    public string ClientId { get; set; } = "";

    /// <summary>None for a public client, which PKCE alone protects.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>Separated by spaces; the provider's usual ones by default.</summary>
    public string? Scopes { get; set; }

    /// <summary>Of GitHub: another one than github.com.</summary>
    public string BaseUrl { get; set; } = "https://github.com";

    /// <summary>Of GitHub: where the API of <see cref="BaseUrl"/> is.</summary>
    public string ApiUrl { get; set; } = "https://api.github.com";

    /// <summary>Plain HTTP is for this machine only.</summary>
    internal static bool IsSafe(string? url) =>
        url is not null && OutboundUrl.IsValid(url) && new Uri(url) is var parsed
        && (parsed.Scheme == "https" || parsed.IsLoopback);

    internal static bool IsName(string name) => Name().IsMatch(name);

    internal string? Problem(string name)
    {
        if (!IsName(name))
            return $"{Section}:{name}: a provider's name is 1 to 32 lower-case letters, digits and hyphens.";
        if (ClientId.Length == 0)
            return $"Set Assay__OAuth__{name}__ClientId.";
        string?[] urls = name == GitHub ? [BaseUrl, ApiUrl] : [Issuer];
        return urls.All(IsSafe)
            ? null
            : $"The addresses of Assay__OAuth__{name} must be https URLs; http is for this machine only.";
    }

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex Name();
}
