using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class TechniqueServices
{
    /// <summary>Adds techniques, intents and their classifier. Needs the database.</summary>
    public static IServiceCollection AddTechniques(this IServiceCollection services) =>
        services.AddSingleton<IntentClassifier>().AddScoped<TechniqueCatalog>();
}
