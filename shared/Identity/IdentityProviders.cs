using System.Collections.Frozen;

namespace Assay;

/// <summary>The providers that are configured, by their names.</summary>
public sealed class IdentityProviders : IDisposable
{
    private readonly FrozenDictionary<string, IIdentityProvider> providers;

    internal IdentityProviders(
        IReadOnlyDictionary<string, IdentityProviderOptions> configured, IdentityProviderHttp http,
        TimeProvider time) =>
        providers = configured.ToFrozenDictionary(
            provider => provider.Key,
            provider => provider.Key == IdentityProviderOptions.GitHub
                ? (IIdentityProvider)new GitHubProvider(provider.Value, http)
                : new OpenIdProvider(provider.Key, provider.Value, http, time));

    /// <summary>In alphabetical order.</summary>
    public IEnumerable<string> Names => providers.Keys.Order(StringComparer.Ordinal);

    public IIdentityProvider? Find(string name) => providers.GetValueOrDefault(name);

    public void Dispose()
    {
        foreach (var provider in providers.Values.OfType<IDisposable>())
            provider.Dispose();
    }
}
