using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Assay.Local;

internal static class DurableServices
{
    /// <summary>
    /// Adds the durable engine. The host fills the registered <see cref="DurableFunctions"/> before hosted services start,
    /// and binds <c>[DurableClient]</c> from the registered <c>DurableTaskClient</c>.
    /// </summary>
    public static IServiceCollection AddDurableEngine(this IServiceCollection services, Action<DurableOptions> configure)
    {
        services.AddOptions<DurableOptions>().Configure(configure)
            .Validate(options => options.Problem() is null, "The durable engine's options are invalid.")
            .ValidateOnStart();
        services.TryAddSingleton<DurableFunctions>();
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }
}
