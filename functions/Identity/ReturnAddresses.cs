using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Where browsers may be sent: nowhere that the operator has not named.</summary>
public sealed class ReturnAddresses(IOptions<IdentityOptions> options)
{
    /// <summary>Whether a browser may be sent there in the end: a path of this host, or of an allowed origin.</summary>
    public bool Allow(string? address)
    {
        if (address is null)
            return true;
        // Browsers take a backslash for a slash, and drop tabs and line breaks.
        if (address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '\\' or '#'))
            return false;
        if (address.StartsWith('/'))
            return !address.StartsWith("//", StringComparison.Ordinal);
        return OutboundUrl.IsValid(address)
            && options.Value.ReturnOrigins.Contains(new Uri(address).GetLeftPart(UriPartial.Authority));
    }

    /// <summary>The address that a provider must know, and sends browsers back to.</summary>
    public string CallbackOf(HttpRequest request, string provider)
    {
        var site = options.Value.PublicUrl is { Length: > 0 } url
            ? url.TrimEnd('/')
            : $"{request.Scheme}://{request.Host}{request.PathBase}";
        return $"{site}/api/auth/{provider}/callback";
    }
}
