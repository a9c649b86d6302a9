using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>The cookie that binds a sign-in with a provider to the browser that began it; each has its own.</summary>
internal static class VisitCookie
{
    private const int NameLength = 16;

    public static void Set(HttpRequest request, ProviderVisit visit) => request.HttpContext.Response.Cookies.Append(
        NameOf(visit.State), visit.Browser,
        new CookieOptions(Options(new Uri(visit.RedirectUri).Scheme == "https")) { MaxAge = ProviderVisits.Lifetime });

    /// <summary>Null when this browser has none for the state.</summary>
    public static string? Take(HttpRequest request, string state)
    {
        if (request.Cookies[NameOf(state)] is not { Length: > 0 } secret)
            return null;
        request.HttpContext.Response.Cookies.Delete(NameOf(state), Options(request.IsHttps));
        return secret;
    }

    // The state itself would do, but cookies show up in places where addresses do not.
    private static string NameOf(string state) =>
        $"assay-visit-{Convert.ToHexStringLower(Secret.Hash(state))[..NameLength]}";

    // Lax, since the browser comes back from another site.
    private static CookieOptions Options(bool isHttps) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        Path = "/",
        SameSite = SameSiteMode.Lax,
        Secure = isHttps,
    };
}
