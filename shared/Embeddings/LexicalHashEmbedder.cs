using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>
/// The built-in embedder: lexical feature hashing, no network and no learned model. It finds texts that share words or
/// parts of words; for texts that share only meaning, configure a model.
/// </summary>
public sealed class LexicalHashEmbedder : IEmbeddingGenerator<string, Embedding<float>>
{
    public const string ModelName = "assay-hash-384";
    public const string ProviderName = "built-in lexical feature hashing";
    public const int Dimensions = 384;

    private static readonly EmbeddingGeneratorMetadata Metadata = new(ProviderName, null, ModelName, Dimensions);

    /// <summary>A unit vector for each text, in their order.</summary>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        if (options?.ModelId is { } model && model != ModelName)
            throw new ArgumentException($"The built-in embedder has no model {model}.", nameof(options));
        if (options?.Dimensions is { } dimensions && dimensions != Dimensions)
            throw new ArgumentException($"{ModelName} has {Dimensions} dimensions, not {dimensions}.", nameof(options));

        var hashing = new LexicalHashing(Dimensions);
        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var value in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            embeddings.Add(new(hashing.Vector(value)) { ModelId = ModelName });
        }

        return Task.FromResult(embeddings);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is not null ? null
        : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // It holds nothing; the interface asks for this.
    }
}
