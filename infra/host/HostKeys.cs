using System.Security.Cryptography;
using System.Text;

namespace Assay.Hosting;

/// <summary>
/// Keys in <c>?code=</c> or <c>x-functions-key</c>. On loopback nobody is asked for one, as with Core Tools. Beyond it the
/// master key opens everything; it is made anew at each start, unless <c>Host:MasterKey</c> gives one, as
/// <c>Host:FunctionKey</c> gives one for the functions of level Function.
/// </summary>
internal sealed class HostKeys(HostSettings settings)
{
    private readonly string? function = settings.Configuration["Host:FunctionKey"];

    public bool AreAskedFor { get; } = settings.AsksForKeys || settings.Configuration["Host:MasterKey"] is { Length: > 0 };

    public string Master { get; } = settings.Configuration["Host:MasterKey"] is { Length: > 0 } given
        ? given : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    public bool Allow(HttpRequest request, FunctionDescription called) =>
        !AreAskedFor || called.AuthLevel == "anonymous" || Is(request, Master)
        || (called.AuthLevel == "function" && Is(request, function));

    /// <summary>Null if a request may use <c>/admin</c> and <c>/runtime</c>, else the status to answer.</summary>
    public int? Refusal(HttpRequest request)
    {
        if (IsForeign(request))
            return StatusCodes.Status403Forbidden;
        if (!AreAskedFor || Is(request, Master))
            return null;
        return Is(request, function) ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
    }

    // A page elsewhere may not reach through the browser of somebody who develops here, nor may a name that was made to
    // point at loopback.
    private bool IsForeign(HttpRequest request)
    {
        if (!AreAskedFor && !HostSettings.IsLoopback(request.Host.Host))
            return true;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            return true;
        return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
    }

    private static bool Is(HttpRequest request, string? expected)
    {
        var header = request.Headers["x-functions-key"].ToString();
        var given = header.Length > 0 ? header : request.Query["code"].ToString();
        return expected is { Length: > 0 }
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
    }
}
