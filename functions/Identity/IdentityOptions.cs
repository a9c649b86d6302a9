using System.ComponentModel.DataAnnotations;

namespace Assay;

public sealed class IdentityOptions : IValidatableObject
{
    /// <summary>
    /// Lets a request name its organization by <c>Assay-Organization: slug</c> without any credential, and do anything
    /// there. For one's own machine only.
    /// </summary>
    public bool TrustOrganizationHeader { get; set; }

    /// <summary>
    /// How many proxies of one's own stand in front and append to <see cref="ClientAddressHeader"/>; 0 is one.
    /// </summary>
    [Range(0, 10)]
    public int ForwardingProxies { get; set; }

    /// <summary>
    /// The header in which what stands in front tells the client's address, such as <c>x-azure-clientip</c> behind
    /// Azure Front Door. It cannot be <c>X-Forwarded-For</c>, which Functions hosts write over. Its last entry is
    /// believed, or that which <see cref="ForwardingProxies"/> counts to from the end. Without it the connection's
    /// address counts.
    /// </summary>
    [RegularExpression("[A-Za-z0-9-]+")]
    public string? ClientAddressHeader { get; set; }

    /// <summary>
    /// Where the app is reached, such as <c>https://assay.example.com</c>: providers send browsers back there. Without
    /// it nobody signs in with a provider, but on one's own machine.
    /// </summary>
    public string? PublicUrl { get; set; }

    /// <summary>
    /// Origins of one's own, such as <c>https://app.example.com</c>, that a browser may be sent to once its person has
    /// signed in with a provider.
    /// </summary>
    public IReadOnlyList<string> ReturnOrigins { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PublicUrl is { Length: > 0 } url && !(OutboundUrl.IsValid(url) && new Uri(url).Query.Length == 0))
            yield return new("Assay__PublicUrl must be an http or https URL without a query.", [nameof(PublicUrl)]);
        foreach (var origin in ReturnOrigins)
            if (!OutboundUrl.IsValid(origin) || new Uri(origin).GetLeftPart(UriPartial.Authority) != origin)
                yield return new(
                    $"Assay__ReturnOrigins holds {origin}, which is no origin such as https://app.example.com.",
                    [nameof(ReturnOrigins)]);
    }
}
