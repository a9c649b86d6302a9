using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// Gives waiting texts their vectors, a batch at a time. Safe to repeat, and to be killed: what has none yet waits on.
/// </summary>
public sealed class EntityEmbedder(
    WaitingTexts waiting,
    EmbeddingModels models,
    IEmbeddingGenerator<string, Embedding<float>> embedder,
    IOptions<EmbeddingOptions> options,
    ILogger<EntityEmbedder> logger)
{
    /// <summary>No embedder has a reason to refuse this text.</summary>
    private const string Harmless = "hello";

    /// <summary>What halfvec can hold.</summary>
    private const float NumberMax = 65_504;

    private const int OrganizationsMax = 500;

    /// <summary>Organizations of which some text waits.</summary>
    public async Task<IReadOnlyList<Guid>> ListOrganizationsAsync(CancellationToken cancellation) =>
        await waiting.ListOrganizationsAsync(
            await models.EnsureAsync(cancellation), OrganizationsMax, cancellation);

    /// <summary>Embeds the texts that have waited longest. False when no more wait.</summary>
    /// <exception cref="Exception">The embedder or the database is away: everything waits on.</exception>
    public async Task<bool> EmbedBatchAsync(Guid organization, CancellationToken cancellation)
    {
        var most = options.Value.BatchSize;
        var batch = await waiting.ListAsync(
            organization, await models.EnsureAsync(cancellation), most, cancellation);
        if (batch.Count == 0)
            return false;

        await waiting.SetLanguagesAsync(
            [.. batch.Where(text => text.DeclaredLanguage is null)
                .Select(text => (text, LanguageDetector.Detect(text.Whole).Code))],
            cancellation);
        var vectors = await VectorsAsync(batch, cancellation);
        var embedded = batch.Zip(vectors).Where(one => one.Second is not null).ToArray();
        if (embedded.Length > 0)
            await waiting.CompleteAsync([.. embedded.Select(one => (one.First, one.Second!))], cancellation);
        var refused = batch.Zip(vectors).Where(one => one.Second is null).Select(one => one.First).ToArray();
        if (refused.Length > 0)
            await waiting.FailAsync(refused, $"{models.Name} gave no vector for this text.", cancellation);
        return batch.Count == most;
    }

    // One text that the embedder refuses must not keep the others from their vectors; an embedder that is away must not
    // make texts look refused, which the harmless one tells.
    private async Task<IReadOnlyList<float[]?>> VectorsAsync(
        IReadOnlyList<WaitingText> batch, CancellationToken cancellation)
    {
        var texts = batch.Select(text => Beginning(text.Whole)).ToArray();
        try
        {
            return await EmbedAsync(texts, cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogWarning(exception, "A batch of {Count} texts was refused; each is sent alone", batch.Count);
            await EmbedAsync([Harmless], cancellation);
        }

        var vectors = new float[]?[batch.Count];
        for (var index = 0; index < batch.Count; index++)
            vectors[index] = await TryEmbedAsync(batch[index], texts[index], cancellation);
        if (vectors.Contains(null))
            await EmbedAsync([Harmless], cancellation);
        return vectors;
    }

    private async Task<float[]?> TryEmbedAsync(WaitingText waiting, string text, CancellationToken cancellation)
    {
        try
        {
            return (await EmbedAsync([text], cancellation))[0];
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogWarning(exception, "The entity {Id} got no vector", waiting.EntityId);
            return null;
        }
    }

    private async Task<IReadOnlyList<float[]>> EmbedAsync(string[] texts, CancellationToken cancellation)
    {
        var embeddings = await embedder.GenerateAsync(texts, cancellationToken: cancellation);
        float[][] vectors = [.. embeddings.Select(embedding => embedding.Vector.ToArray())];
        if (vectors.Length != texts.Length)
            throw new InvalidOperationException($"{models.Name} gave {vectors.Length} vectors for {texts.Length}.");
        if (!vectors.All(vector => IsUsable(vector) && vector.Length == vectors[0].Length))
            throw new InvalidOperationException($"{models.Name} gave a vector that cannot be compared.");
        return vectors;
    }

    private static bool IsUsable(float[] vector) =>
        vector.All(number => Math.Abs(number) <= NumberMax) && vector.Any(number => number != 0);

    // Embedders read so much and no more.
    private static string Beginning(string text)
    {
        const int charactersMax = 6 * EmbeddingModels.TokensMaxDefault;
        var beginning = ShownText.Shorten(text, charactersMax);
        var tokenizer = Tokenizer.Get(TokenEncoding.Cl100k);
        var tokens = tokenizer.Encode(beginning);
        return tokens.Count <= EmbeddingModels.TokensMaxDefault
            ? beginning
            : tokenizer.Decode(tokens.Take(EmbeddingModels.TokensMaxDefault));
    }
}
