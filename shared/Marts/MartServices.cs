using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class MartServices
{
    /// <summary>Adds <see cref="MartStore"/> and <see cref="MartRollup"/>.</summary>
    public static IServiceCollection AddMarts(this IServiceCollection services) =>
        services.AddScoped<MartStore>().AddScoped<MartRollup>();
}
