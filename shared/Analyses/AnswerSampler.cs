using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>
/// Asks the model the prompt several times over and measures how far its answers differ in meaning. Answers are kept:
/// where a limit allows some of them now and others later, or a process dies, the next attempt asks for the rest.
/// </summary>
internal sealed class AnswerSampler(
    ChatModel model, IEmbeddingGenerator<string, Embedding<float>> embedder, AnswerCache cache)
{
    public const int SamplesMax = 20;
    private const int AnswerTokensMax = 512;
    private const int SentencesMax = 30;

    /// <param name="analysis">Answers are its own.</param>
    /// <param name="samples">2–<see cref="SamplesMax"/>.</param>
    /// <exception cref="ChatModelException">The model failed to answer.</exception>
    /// <exception cref="RateLimitedException">Not all could be asked for at present.</exception>
    public async Task<EntropyResult> MeasureAsync(
        Guid analysis, string prompt, int samples, CancellationToken cancellation)
    {
        if (model.Client is not { } client)
            throw new InvalidOperationException("No model is configured.");

        var settings = new ChatOptions { Temperature = 1, MaxOutputTokens = AnswerTokensMax };
        var answers = await Task.WhenAll(Enumerable.Range(0, samples).Select(number => cache.GetOrComputeAsync(
            CacheKind.Prediction,
            CacheKey.Of("sample", analysis, number),
            async token => (await client.GetResponseAsync([new(ChatRole.User, prompt)], settings, token)).Text,
            cancellation)));

        var sentences = answers.Select(SentencesOf).ToList();
        var embeddings = await embedder.GenerateAsync(
            sentences.SelectMany(list => list), cancellationToken: cancellation);
        var vectors = new Queue<ReadOnlyMemory<float>>(embeddings.Select(embedding => embedding.Vector));
        var clusters = SemanticEntropy.Cluster([.. sentences.Select(list => Take(vectors, list.Count))]);
        return new(SemanticEntropy.Of(clusters), samples, clusters, model.Name, NameOf(embedder));
    }

    /// <summary>At least one, so that an empty answer is an answer too.</summary>
    private static IReadOnlyList<string> SentencesOf(string answer)
    {
        var sentences = SentenceSplitter.In(answer)
            .Take(SentencesMax)
            .Select(sentence => sentence.Span.In(answer))
            .ToList();
        return sentences.Count > 0 ? sentences : [answer];
    }

    private static IReadOnlyList<ReadOnlyMemory<float>> Take(Queue<ReadOnlyMemory<float>> vectors, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => vectors.Dequeue())];

    private static string NameOf(IEmbeddingGenerator<string, Embedding<float>> embedder) =>
        (embedder.GetService(typeof(EmbeddingGeneratorMetadata)) as EmbeddingGeneratorMetadata)?.DefaultModelId
        ?? embedder.GetType().Name;
}
