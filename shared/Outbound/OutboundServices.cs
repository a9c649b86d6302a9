using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class OutboundServices
{
    /// <summary>Adds <see cref="OutboundHttp"/>.</summary>
    /// <param name="configuration">Its section <c>Assay:Outbound</c> is read as <see cref="OutboundOptions"/>.</param>
    public static IServiceCollection AddOutbound(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<OutboundOptions>().Bind(configuration.GetSection(OutboundOptions.Section));
        return services.AddSingleton<OutboundHttp>();
    }
}
