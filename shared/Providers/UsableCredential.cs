namespace Assay;

/// <summary>A credential with its key, to be used at once and kept nowhere.</summary>
/// <param name="BaseUrl">Where the provider is.</param>
public sealed record UsableCredential(Guid Id, string Provider, string BaseUrl, string Secret)
{
    // Not what the compiler would write: a key is not to end up in a log.
    public override string ToString() => $"{Provider} {Id}";
}
