using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class LimitServices
{
    /// <summary>Adds <see cref="RateLimits"/>. Needs the database and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services) =>
        services.AddSingleton<RateLimits>();
}
