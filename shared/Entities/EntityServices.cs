using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class EntityServices
{
    /// <summary>Adds what entities need. Needs the database.</summary>
    public static IServiceCollection AddEntities(this IServiceCollection services) =>
        services
            .AddScoped<EntityStore>()
            .AddScoped<EntityDeletion>()
            .AddScoped<EntityPurge>()
            .AddScoped<RelationshipStore>()
            .AddScoped<EntityGraphs>()
            .AddScoped<CompositionSources>()
            .AddScoped<LabelStore>()
            .AddScoped<LabelBacklog>();
}
