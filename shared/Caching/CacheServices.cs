using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class CacheServices
{
    /// <summary>Adds <see cref="AnswerCache"/> and <see cref="Expiry"/>. Needs the database and the settings.</summary>
    public static IServiceCollection AddCaching(this IServiceCollection services) =>
        services.AddSingleton<AnswerGates>().AddScoped<AnswerCache>().AddScoped<Expiry>();
}
