using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>The address that a request comes from, as far as it can be believed.</summary>
public static class ClientAddress
{
    /// <summary>What the header that is believed says, if any; the connection's where it says nothing.</summary>
    public static IPAddress? Of(HttpContext http, IdentityOptions options) =>
        (Forwarded(http.Request, options) ?? http.Connection.RemoteIpAddress) is { } address ? Plain(address) : null;

    private static IPAddress? Forwarded(HttpRequest request, IdentityOptions options)
    {
        if (options.ClientAddressHeader is not { } header)
            return null;
        var fromEnd = Math.Max(1, options.ForwardingProxies);
        var entries = request.Headers[header].ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return entries.Length >= fromEnd ? Parse(entries[^fromEnd]) : null;
    }

    // Azure appends the port as well. A mere number would be read as an address of IPv4, and so would octal ones.
    private static IPAddress? Parse(string text) =>
        IPEndPoint.TryParse(text, out var parsed)
        && (parsed.AddressFamily == AddressFamily.InterNetworkV6 || text.Split(':')[0] == $"{parsed.Address}")
            ? parsed.Address
            : null;

    // As the database takes it: without the interface that an address of a local link names.
    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new(address.GetAddressBytes());
}
