using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>
/// Keys in <c>?code=</c> or <c>x-functions-key</c>, asked for only when the setting <c>Host:EnforceKeys</c> is true.
/// <c>Host:MasterKey</c> opens everything, <c>Host:SystemKey</c> the webhooks, <c>Host:FunctionKey</c> every function
/// of level Function, and <c>Host:FunctionKeys:{name}</c> one of them.
/// </summary>
internal sealed class FunctionKeys(HostSettings settings)
{
    /// <summary>Whether a request may call a function; if not, the answer is 401.</summary>
    public bool Allows(HttpRequest request, string function, AuthorizationLevel level)
    {
        if (!settings.EnforcesKeys || level == AuthorizationLevel.Anonymous)
            return true;

        var key = KeyIn(request);
        if (Is(key, "Host:MasterKey"))
            return true;
        return level switch
        {
            AuthorizationLevel.Admin => false,
            AuthorizationLevel.System => Is(key, "Host:SystemKey"),
            _ => Is(key, "Host:FunctionKey") || Is(key, $"Host:FunctionKeys:{function}"),
        };
    }

    /// <summary>Null if a request may use the administration, else the status to answer.</summary>
    public int? Refusal(HttpRequest request)
    {
        if (!settings.EnforcesKeys)
            return null;

        var key = KeyIn(request);
        if (Is(key, "Host:MasterKey"))
            return null;
        if (request.Path.StartsWithSegments("/runtime/webhooks") && Is(key, "Host:SystemKey"))
            return null;
        return IsAnyKnown(key) ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized;
    }

    private static string? KeyIn(HttpRequest request)
    {
        var header = request.Headers["x-functions-key"].ToString();
        return header.Length > 0 ? header : request.Query["code"].ToString();
    }

    private bool IsAnyKnown(string? key) =>
        Is(key, "Host:FunctionKey") || Is(key, "Host:SystemKey")
        || settings.App.GetSection("Host:FunctionKeys").GetChildren().Any(one => Same(key, one.Value));

    private bool Is(string? key, string setting) => Same(key, settings.App[setting]);

    private static bool Same(string? key, string? expected) =>
        !string.IsNullOrEmpty(key) && !string.IsNullOrEmpty(expected)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(expected));
}
