using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class IdentityProviderServices
{
    /// <summary>Adds signing in with providers. Needs <see cref="OutboundHttp"/>, and accounts.</summary>
    /// <param name="configuration">Its section <c>Assay:OAuth</c> names them.</param>
    /// <exception cref="InvalidOperationException">One of them is not configured as it must be.</exception>
    public static IServiceCollection AddIdentityProviders(
        this IServiceCollection services, IConfiguration configuration)
    {
        var configured = Read(configuration);
        return services.AddSingleton<IdentityProviderHttp>()
            .AddSingleton(provider => new IdentityProviders(
                configured, provider.GetRequiredService<IdentityProviderHttp>(),
                provider.GetRequiredService<TimeProvider>()))
            .AddScoped<ProviderVisits>()
            .AddScoped<LinkedAccountStore>()
            .AddScoped<ProviderSignIn>();
    }

    private static Dictionary<string, IdentityProviderOptions> Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(IdentityProviderOptions.Section);
        var configured = section.Get<Dictionary<string, IdentityProviderOptions>>() ?? [];
        if (configured.TryGetValue("google", out var google))
            google.Issuer ??= "https://accounts.google.com";
        foreach (var (name, provider) in configured)
            if (provider.Problem(name) is { } problem)
                throw new InvalidOperationException(problem);
        return configured;
    }
}
