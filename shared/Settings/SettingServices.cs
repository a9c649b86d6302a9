using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class SettingServices
{
    /// <summary>Adds flags and settings. Needs the database and a <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services) =>
        services
            .AddSingleton<SettingDefaults>().AddSingleton<SettingMemory>()
            .AddScoped<SettingStore>().AddScoped<SettingStores>().AddScoped<Settings>();
}
