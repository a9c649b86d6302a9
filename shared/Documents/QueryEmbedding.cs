using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>Vectors of what is searched for, which is often the same.</summary>
public sealed class QueryEmbedding(
    IEmbeddingGenerator<string, Embedding<float>> embedder, EmbeddingModels models, AnswerCache cache)
{
    public Task<float[]> OfAsync(string query, CancellationToken cancellation) =>
        // The built-in embedder is faster than the statement that would look its answer up.
        embedder is LexicalHashEmbedder
            ? EmbedAsync(query, cancellation)
            : cache.GetOrComputeAsync(
                CacheKind.Prediction,
                CacheKey.Of("query embedding", models.Provider, models.Name, query),
                token => EmbedAsync(query, token),
                cancellation);

    private async Task<float[]> EmbedAsync(string query, CancellationToken cancellation) =>
        (await embedder.GenerateAsync([query], cancellationToken: cancellation))[0].Vector.ToArray();
}
