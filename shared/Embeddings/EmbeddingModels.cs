using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>The models that stored vectors were made with. Vectors of different models are never compared.</summary>
public sealed class EmbeddingModels(Database database, IEmbeddingGenerator<string, Embedding<float>> embedder)
{
    /// <summary>What embedders are taken to accept when they do not say.</summary>
    internal const int TokensMaxDefault = 8192;

    /// <summary>The configured model's name.</summary>
    public string Name => Metadata.DefaultModelId
        ?? throw new InvalidOperationException("The configured embedder does not name its model.");

    public string? Provider => Metadata.ProviderName;

    private EmbeddingGeneratorMetadata Metadata => embedder.GetService<EmbeddingGeneratorMetadata>()
        ?? throw new InvalidOperationException("The configured embedder does not describe itself.");

    /// <summary>The id of the configured model. A model that is new here is added, and its index made.</summary>
    public async Task<Guid> EnsureAsync(CancellationToken cancellation)
    {
        var known = await database.FindAsync<Guid?>(
            "select id from core.embedding_model where name = @Name", new { Name }, cancellation);
        return known ?? await AddAsync(cancellation);
    }

    private Task<Guid> AddAsync(CancellationToken cancellation) => database.InTransactionAsync(
        async transaction =>
        {
            var dimension = Metadata.DefaultModelDimensions
                ?? throw new InvalidOperationException($"The embedder does not say how many dimensions {Name} has.");
            var id = await transaction.ValueAsync<Guid>(
                """
                insert into core.embedding_model (id, name, provider, dimension, max_tokens)
                values (@Id, @Name, @Provider, @Dimension, @TokensMax)
                on conflict (name) do update set updated_at = now()
                returning id
                """,
                new
                {
                    Id = Guid.CreateVersion7(),
                    Name,
                    Provider = Provider ?? "unknown",
                    Dimension = dimension,
                    TokensMax = TokensMaxDefault,
                },
                cancellation);
            await transaction.ExecuteAsync("select core.ensure_embedding_index(@id)", new { id }, cancellation);
            return id;
        },
        cancellation);
}
