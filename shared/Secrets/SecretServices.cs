using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

public static class SecretServices
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Adds <see cref="SecretBox"/>. Needs a <see cref="TimeProvider"/>.</summary>
    /// <param name="configuration">Its section <c>Assay:Secrets</c> is read as <see cref="SecretsOptions"/>.</param>
    public static IServiceCollection AddSecrets(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SecretsOptions>()
            .Bind(configuration.GetSection(SecretsOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<ConfiguredKeys>();
        services.AddSingleton(provider => NewVaultKeys(
            provider.GetRequiredService<IOptions<SecretsOptions>>(),
            provider.GetRequiredService<TimeProvider>()));
        return services.AddSingleton(provider => new SecretBox(
            provider.GetRequiredService<IOptions<SecretsOptions>>(),
            provider.GetRequiredService<ConfiguredKeys>(),
            provider.GetRequiredService<KeyVaultKeys>()));
    }

    // Not through OutboundHttp: the operator names the vault, and a private endpoint is a good place for it.
    private static KeyVaultKeys NewVaultKeys(IOptions<SecretsOptions> options, TimeProvider time)
    {
        var http = new HttpClient(new RetryHandler(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }, time))
        {
            Timeout = Patience,
        };
        var identity = options.Value.KeyVaultIdentity is { Length: > 0 } clientId
            ? ManagedIdentityId.FromUserAssignedClientId(clientId)
            : ManagedIdentityId.SystemAssigned;
        var credential = new ManagedIdentityCredential(new ManagedIdentityCredentialOptions(identity)
        {
            Retry = { MaxRetries = 2, Mode = RetryMode.Exponential, Delay = TimeSpan.FromMilliseconds(200) },
        });
        return new KeyVaultKeys(http, credential, options);
    }
}
