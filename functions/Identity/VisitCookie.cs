using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// The cookie that binds a sign-in with a provider to the browser that began it; each has its own. Over HTTPS browsers
/// take it from this host alone, by its prefix, so that a neighboring one cannot plant it.
/// </summary>
internal static class VisitCookie
{
    private const int NameLength = 16;

    public static void Set(HttpRequest request, ProviderVisit visit) => request.HttpContext.Response.Cookies.Append(
        NameOf(visit.State, visit.RedirectUri), visit.Browser,
        new CookieOptions(Options(visit.RedirectUri)) { MaxAge = ProviderVisits.Lifetime });

    /// <summary>Null when this browser has none for the state.</summary>
    /// <param name="redirectUri">Where the provider sent the browser back to.</param>
    public static string? Take(HttpRequest request, string state, string redirectUri)
    {
        var name = NameOf(state, redirectUri);
        if (request.Cookies[name] is not { Length: > 0 } secret)
            return null;
        request.HttpContext.Response.Cookies.Delete(name, Options(redirectUri));
        return secret;
    }

    // The state itself would do, but cookies show up in places where addresses do not.
    private static string NameOf(string state, string redirectUri) => (IsHttps(redirectUri) ? "__Host-" : "")
        + $"assay-visit-{Convert.ToHexStringLower(Secret.Hash(state))[..NameLength]}";

    // Lax, since the browser comes back from another site.
    private static CookieOptions Options(string redirectUri) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        Path = "/",
        SameSite = SameSiteMode.Lax,
        Secure = IsHttps(redirectUri),
    };

    private static bool IsHttps(string address) => new Uri(address).Scheme == "https";
}
