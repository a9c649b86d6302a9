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
}
