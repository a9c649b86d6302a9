using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class IdentityServices
{
    /// <summary>Adds who calls and what finds it out, accounts and sessions. Needs <see cref="SecretBox"/>.</summary>
    /// <param name="configuration">Its sections <c>Assay:Sessions</c> and <c>Assay:Passwords</c> are read.</param>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SessionOptions>()
            .Bind(configuration.GetSection(SessionOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddOptions<PasswordOptions>()
            .Bind(configuration.GetSection(PasswordOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        return services.AddMemoryCache()
            .AddSingleton<SigningKeys>()
            .AddSingleton<SessionTokens>()
            .AddSingleton(_ => new PasswordTurns())
            .AddSingleton<Passwords>()
            .AddScoped<OrganizationDirectory>()
            .AddScoped<ApiKeyCallers>()
            .AddScoped<SessionCallers>()
            .AddScoped<CurrentCaller>()
            .AddScoped<AccountStore>()
            .AddScoped<SessionStore>()
            .AddScoped<SignIn>();
    }
}
