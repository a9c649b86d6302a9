using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class ExchangeServices
{
    /// <summary>Adds export and import. Needs the database, blobs and runs.</summary>
    public static IServiceCollection AddExchange(this IServiceCollection services) =>
        services.AddScoped<BundleReader>().AddScoped<ImportStore>().AddSingleton<ImportFiles>();
}
