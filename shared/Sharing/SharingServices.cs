using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public static class SharingServices
{
    /// <summary>Adds what favorites, shares and suggestions need. Needs the database, entities and search.</summary>
    public static IServiceCollection AddSharing(this IServiceCollection services) =>
        services
            .AddScoped<FavoriteStore>()
            .AddScoped<ShareStore>()
            .AddScoped<CommentStore>()
            .AddScoped<PublicEntities>()
            .AddScoped<SuggestionStore>()
            .AddScoped<SuggestionSubjects>()
            .AddScoped<SuggestionRefresh>()
            .AddScoped<SuggestionBacklog>();
}
