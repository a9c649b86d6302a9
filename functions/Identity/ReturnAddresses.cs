using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Where browsers may be sent: nowhere that the operator has not named.</summary>
public sealed class ReturnAddresses(IOptions<IdentityOptions> options)
{
    /// <summary>Whether a browser may be sent there in the end: a path of this host, or of an allowed origin.</summary>
    /// <param name="location">The same for a header: in ASCII, the rest of it percent-encoded.</param>
    public bool TryRead(string? address, out string? location)
    {
        location = address is null ? null : InAscii(address);
        // Browsers take a backslash for a slash, and drop tabs and line breaks.
        return location is null || (!location.AsSpan().ContainsAny("\\#") && IsAllowed(location));
    }

    /// <summary>
    /// The address that a provider must know, and sends browsers back to. A request's own word for its host is believed
    /// of this machine only; null where no setting says it.
    /// </summary>
    public string? CallbackOf(HttpRequest request, string provider)
    {
        var site = options.Value.PublicUrl is { Length: > 0 } url ? url.TrimEnd('/')
            : IsLoopback(request.Host) ? $"{request.Scheme}://{request.Host}{request.PathBase}"
            : null;
        return site is null ? null : $"{site}/api/auth/{provider}/callback";
    }

    /// <summary>What is answered where <see cref="CallbackOf"/> is not known.</summary>
    public static Problem NotKnown() => Problems.NotConfigured(
        "Signing in with a provider needs the setting Assay__PublicUrl, the address at which browsers reach this app.");

    private bool IsAllowed(string address) => address.StartsWith('/')
        ? OutboundUrl.IsAscii(address) && !address.StartsWith("//", StringComparison.Ordinal)
        : OutboundUrl.IsValid(address)
            && options.Value.ReturnOrigins.Contains(new Uri(address).GetLeftPart(UriPartial.Authority));

    private static string InAscii(string address) => string.Concat(
        address.EnumerateRunes().Select(rune => rune.IsAscii ? $"{rune}" : Uri.EscapeDataString($"{rune}")));

    private static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
