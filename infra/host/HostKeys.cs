using System.Security.Cryptography;
using System.Text;

namespace Assay.Hosting;

/// <summary>
/// Keys in <c>?code=</c> or <c>x-functions-key</c>. On loopback nobody is asked for one, as with Core Tools. Beyond it
/// the master key opens everything; it is made anew at each start, unless <c>Host:MasterKey</c> gives one, as
/// <c>Host:FunctionKey</c> gives one for the functions of level Function.
/// </summary>
internal sealed class HostKeys(HostSettings settings)
{
    private readonly string? function = settings.Configuration["Host:FunctionKey"];

    public bool AreAskedFor { get; } =
        settings.AsksForKeys || settings.Configuration["Host:MasterKey"] is { Length: > 0 };

    public string Master { get; } = settings.Configuration["Host:MasterKey"] is { Length: > 0 } given
        ? given : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    public bool Allow(HttpRequest request, FunctionDescription called) =>
        !AreAskedFor || called.AuthLevel == "anonymous" || Is(request, Master)
        || (called.AuthLevel == "function" && Is(request, function));

    /// <summary>Keeps from <c>/admin</c> and <c>/runtime</c> whoever may not use them.</summary>
    public ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (!IsForeign(request) && (!AreAskedFor || Is(request, Master)))
            return next(context);
        return new(Results.StatusCode(IsForeign(request) || Is(request, function)
            ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized));
    }

    // A page elsewhere may not reach through the browser of somebody who develops here, nor may a name that was made
    // to point at loopback.
    private bool IsForeign(HttpRequest request)
    {
        if (!AreAskedFor && !HostSettings.IsLoopback(request.Host.Host))
            return true;
        var origin = request.Headers.Origin.ToString();
        return (origin.Length > 0
                && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            || request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
    }

    private static bool Is(HttpRequest request, string? expected)
    {
        var header = request.Headers["x-functions-key"].ToString();
        var given = header.Length > 0 ? header : request.Query["code"].ToString();
        return expected is { Length: > 0 }
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
    }
}
