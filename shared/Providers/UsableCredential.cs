namespace Assay;

/// <summary>A provider's address with the key for it, to be used at once and kept nowhere.</summary>
/// <param name="Id">The credential; null when the key is the installation's.</param>
/// <param name="BaseUrl">Where the provider is.</param>
/// <param name="Secret">Null where none is needed.</param>
/// <param name="Rules">Say which header takes the key; null: as a bearer token.</param>
public sealed record UsableCredential(
    Guid? Id, string Provider, string BaseUrl, string? Secret, ValidationRules? Rules = null)
{
    private static readonly ValidationRules Bearer = new("/", "Authorization", "Bearer ");

    // Not what the compiler would write: a key is not to end up in a log.
    public override string ToString() => $"{Provider} {Id}";

    /// <summary>Sends a request there, whose address is below the base URL, with the key.</summary>
    internal void Address(HttpRequestMessage request)
    {
        request.RequestUri = new Uri($"{BaseUrl.TrimEnd('/')}/{request.RequestUri!.OriginalString.TrimStart('/')}");
        if (Secret is not null)
            (Rules ?? Bearer).Show(Secret, request);
    }
}

/// <summary>What the installation's settings give for a provider, to organizations without a credential.</summary>
/// <param name="BaseUrl">Null: the provider's own.</param>
/// <param name="Secret">Null where none is needed, which only an address of one's own can say.</param>
public sealed record InstallationKey(string? BaseUrl, string? Secret)
{
    public override string ToString() => $"{BaseUrl}";
}
