using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Which embedder to use; section <c>Assay:Embeddings</c>.</summary>
public sealed class EmbeddingOptions
{
    public const string Section = "Assay:Embeddings";

    /// <summary>The name of a registered <see cref="EmbeddingProvider"/>.</summary>
    public string Provider { get; set; } = EmbeddingServices.BuiltIn;

    /// <summary>The most texts sent in one call, 1–2048.</summary>
    public int BatchSize { get; set; } = 128;
}

/// <summary>A source of embedders that configuration can name. Register more as singletons of this type.</summary>
public sealed record EmbeddingProvider(
    string Name, Func<IServiceProvider, IEmbeddingGenerator<string, Embedding<float>>> Create);

public static class EmbeddingServices
{
    /// <summary>The provider of <see cref="LexicalHashEmbedder"/>.</summary>
    public const string BuiltIn = "built-in";

    /// <summary>
    /// Adds the configured <c>IEmbeddingGenerator</c>; a provider that is not registered stops the start.
    /// </summary>
    public static IServiceCollection AddEmbeddings(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(new EmbeddingProvider(BuiltIn, _ => new LexicalHashEmbedder()));
        services.AddOptions<EmbeddingOptions>()
            .Bind(configuration.GetSection(EmbeddingOptions.Section))
            .Validate(options => options.BatchSize is >= 1 and <= 2048, "Assay:Embeddings:BatchSize must be 1 to 2048.")
            .Validate<IEnumerable<EmbeddingProvider>>(
                (options, providers) => providers.Any(provider => provider.Name == options.Provider),
                "Assay:Embeddings:Provider must name a registered provider, such as built-in.")
            .ValidateOnStart();
        services.AddSingleton(provider =>
        {
            var name = provider.GetRequiredService<IOptions<EmbeddingOptions>>().Value.Provider;
            return provider.GetServices<EmbeddingProvider>().First(known => known.Name == name).Create(provider);
        });
        return services;
    }
}
