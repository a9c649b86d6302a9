using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class SearchServices
{
    /// <summary>Adds finding content. Needs the database, entities and documents.</summary>
    public static IServiceCollection AddSearch(this IServiceCollection services) =>
        services
            .AddScoped<ContentRanking>()
            .AddScoped<ContentSearch>()
            .AddScoped<SimilarEntities>()
            .AddScoped<EntityNeighbors>()
            .AddScoped<WaitingTexts>()
            .AddScoped<EntityEmbedder>();
}
