using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class IdentityServices
{
    /// <summary>Adds who calls and what finds it out, accounts and sessions. Needs <see cref="SecretBox"/>.</summary>
    /// <param name="configuration">Has the sections <c>Assay:Sessions</c>, <c>:Passwords</c> and <c>:Mail</c>.</param>
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
        return services.AddAccountMail(configuration)
            .AddMemoryCache()
            .AddSingleton<SigningKeys>()
            .AddSingleton<SessionTokens>()
            .AddSingleton(_ => new PasswordTurns())
            .AddSingleton<Passwords>()
            .AddScoped<OrganizationDirectory>()
            .AddScoped<ApiKeyCallers>()
            .AddScoped<SessionCallers>()
            .AddScoped<StandingCallers>()
            .AddScoped<CurrentCaller>()
            .AddScoped<AccountStore>()
            .AddScoped<SessionStore>()
            .AddScoped<PreferenceStore>()
            .AddScoped<LoginThrottle>()
            .AddScoped<PasswordChange>()
            .AddScoped<SignIn>();
    }

    private static IServiceCollection AddAccountMail(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MailOptions>()
            .Bind(configuration.GetSection(MailOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        if (string.IsNullOrWhiteSpace(configuration[$"{MailOptions.Section}:Host"]))
            services.AddSingleton<IMailer, OutboxMailer>();
        else
            services.AddSingleton<IMailer, SmtpMailer>();
        return services.AddScoped<AccountMail>()
            .AddSingleton<MailQueue>()
            .AddHostedService(provider => provider.GetRequiredService<MailQueue>());
    }
}
