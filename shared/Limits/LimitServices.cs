using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class LimitServices
{
    /// <summary>
    /// Adds <see cref="RateLimits"/> and <see cref="Caps"/>. Needs the database, settings and a
    /// <see cref="TimeProvider"/>.
    /// </summary>
    public static IServiceCollection AddLimits(this IServiceCollection services) =>
        services.AddSingleton<RateLimits>().AddScoped<Caps>();
}
