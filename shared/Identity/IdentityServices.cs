using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class IdentityServices
{
    /// <summary>Adds <see cref="OrganizationDirectory"/>.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services) =>
        services.AddMemoryCache().AddScoped<OrganizationDirectory>();
}
