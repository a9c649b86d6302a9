using System.Net;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>The address that a request comes from, as far as it can be believed.</summary>
public static class ClientAddress
{
    /// <param name="proxies">How many entries at the end of <c>X-Forwarded-For</c> trusted proxies wrote.</param>
    public static IPAddress? Of(HttpContext http, int proxies)
    {
        var address = http.Connection.RemoteIpAddress;
        var hops = http.Request.Headers["X-Forwarded-For"].ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        // Azure appends the port as well.
        if (proxies > 0 && hops.Length >= proxies && IPEndPoint.TryParse(hops[^proxies], out var forwarded))
            address = forwarded.Address;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }
}
