using System.ComponentModel.DataAnnotations;

namespace Assay;

public sealed class IdentityOptions
{
    /// <summary>
    /// Lets a request name its organization by <c>Assay-Organization: slug</c> without any credential, and do anything
    /// there. For one's own machine only.
    /// </summary>
    public bool TrustOrganizationHeader { get; set; }

    /// <summary>
    /// How many proxies of one's own stand in front and append to <c>X-Forwarded-For</c>. With 0 the header is not
    /// believed, since anybody can send it.
    /// </summary>
    [Range(0, 10)]
    public int ForwardingProxies { get; set; }

    /// <summary>
    /// Where the app is reached, such as <c>https://assay.example.com</c>: providers send browsers back there. By
    /// default what a request names as its host.
    /// </summary>
    [Url]
    public string? PublicUrl { get; set; }

    /// <summary>
    /// Origins of one's own, such as <c>https://app.example.com</c>, that a browser may be sent to once its person has
    /// signed in with a provider.
    /// </summary>
    public IReadOnlyList<string> ReturnOrigins { get; set; } = [];
}
