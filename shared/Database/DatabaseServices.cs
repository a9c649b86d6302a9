using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class DatabaseServices
{
    /// <summary>Adds <see cref="Database"/>, <see cref="IdentityDatabase"/>, <see cref="JobDatabase"/> and
    /// <see cref="OrganizationScope"/>.</summary>
    /// <param name="configuration">Its section <c>Assay</c> is read as <see cref="DatabaseOptions"/>.</param>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DatabaseOptions>()
            .Bind(configuration.GetSection("Assay"))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<DatabasePools>();
        services.AddScoped<OrganizationScope>();
        services.AddScoped<Database>();
        services.AddScoped<IdentityDatabase>();
        services.AddScoped<JobDatabase>();
        return services;
    }
}
