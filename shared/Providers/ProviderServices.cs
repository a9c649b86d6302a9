using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class ProviderServices
{
    /// <summary>
    /// Adds providers and credentials. Needs the database, the limits, <see cref="SecretBox"/> and
    /// <see cref="OutboundHttp"/>.
    /// </summary>
    /// <param name="configuration">Its section <c>Assay:Providers</c> is read as <see cref="ProviderOptions"/>.</param>
    public static IServiceCollection AddProviders(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ProviderOptions>()
            .Bind(configuration.GetSection(ProviderOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        return services
            .AddSingleton<KeyTrial>()
            .AddSingleton<CredentialUsage>()
            .AddSingleton<ProviderConnections>()
            .AddScoped<ProviderHttp>()
            .AddScoped<ProviderStore>()
            .AddScoped<ProviderKeys>()
            .AddScoped<CredentialStore>();
    }
}
