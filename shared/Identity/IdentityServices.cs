using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class IdentityServices
{
    /// <summary>Adds who calls, and what finds it out.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services) =>
        services.AddMemoryCache()
            .AddScoped<OrganizationDirectory>()
            .AddScoped<ApiKeyCallers>()
            .AddScoped<CurrentCaller>();
}
