using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class FrameworkServices
{
    /// <summary>Adds frameworks. Needs the database.</summary>
    public static IServiceCollection AddFrameworks(this IServiceCollection services) =>
        services.AddScoped<FrameworkStore>();
}
