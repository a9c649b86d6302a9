namespace Assay;

/// <summary>Section <c>Assay:Outbound</c>: requests to addresses that users name.</summary>
public sealed class OutboundOptions
{
    public const string Section = "Assay:Outbound";

    /// <summary>
    /// Lets them reach this machine and its networks, and use the system's proxy. For one's own machine, or where
    /// self-hosted models live beside the app and everybody who may configure a provider is trusted with that network.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }
}
