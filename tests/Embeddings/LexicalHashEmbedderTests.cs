using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class LexicalHashEmbedderTests
{
    private static async Task<float[][]> EmbedAsync(params string[] texts)
    {
        using var embedder = new LexicalHashEmbedder();
        var embeddings = await embedder.GenerateAsync(texts);
        return [.. embeddings.Select(embedding => embedding.Vector.ToArray())];
    }

    private static double Similarity(float[] one, float[] other) => one.Zip(other, (a, b) => (double)a * b).Sum();

    [Theory]
    [InlineData("A short text.")]
    [InlineData("")]
    [InlineData(" \n … !!! ")]
    [InlineData("我能吞下玻璃")]
    [InlineData("lone \ud800 surrogate")]
    public async Task Every_vector_has_length_one(string text)
    {
        var vector = Assert.Single(await EmbedAsync(text));

        Assert.Equal(LexicalHashEmbedder.Dimensions, vector.Length);
        Assert.Equal(1, Math.Sqrt(Similarity(vector, vector)), 5);
    }

    [Fact]
    public async Task A_text_has_the_same_vector_in_every_process_and_batch()
    {
        var texts = new[] { "other words first", "Retrieval of documents, 42 times" };

        var vector = (await EmbedAsync(texts))[1];

        Assert.Equal(vector, Assert.Single(await EmbedAsync(texts[1])));
        // Written down once: stored vectors must stay comparable with new ones.
        Assert.Equal(
            "8DEB9B07102C4686", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(vector)))[..16]);
    }

    [Fact]
    public async Task Texts_that_share_words_or_parts_of_words_are_nearer()
    {
        var vectors = await EmbedAsync(
            "How do I configure the database connection?",
            "Configuring connections to a database",
            "Grandmother's recipe for apple cake",
            "How do I bake a cake?");

        Assert.True(Similarity(vectors[0], vectors[1]) > 0.3);
        Assert.True(Similarity(vectors[0], vectors[1]) > 2 * Similarity(vectors[0], vectors[3]));
        Assert.True(Similarity(vectors[3], vectors[2]) > Similarity(vectors[0], vectors[2]));
    }

    [Fact]
    public async Task Scripts_without_spaces_match_by_characters()
    {
        var vectors = await EmbedAsync("我能吞下玻璃而不伤身体", "玻璃", "苹果蛋糕");

        Assert.True(Similarity(vectors[0], vectors[1]) > Similarity(vectors[0], vectors[2]) + 0.1);
    }

    [Fact]
    public void It_says_what_it_is()
    {
        using var embedder = new LexicalHashEmbedder();

        var metadata = embedder.GetService<EmbeddingGeneratorMetadata>();

        Assert.Contains("lexical feature hashing", metadata?.ProviderName);
        Assert.Equal("assay-hash-384", metadata?.DefaultModelId);
        Assert.Equal(384, metadata?.DefaultModelDimensions);
    }

    [Fact]
    public async Task It_refuses_a_model_that_it_does_not_have()
    {
        using var embedder = new LexicalHashEmbedder();

        await Assert.ThrowsAsync<ArgumentException>(
            () => embedder.GenerateAsync(["text"], new() { ModelId = "text-embedding-3-small" }));
    }

    [Fact]
    public void Configuration_chooses_among_registered_providers()
    {
        using var other = new LexicalHashEmbedder();
        var services = new ServiceCollection()
            .AddSingleton(new EmbeddingProvider("other", _ => other))
            .AddEmbeddings(Configuration("other"))
            .BuildServiceProvider();

        Assert.Same(other, services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
    }

    [Fact]
    public void An_unknown_provider_is_refused()
    {
        var services = new ServiceCollection().AddEmbeddings(Configuration("absent")).BuildServiceProvider();

        Assert.Throws<OptionsValidationException>(
            () => services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());
    }

    private static IConfiguration Configuration(string provider) => new ConfigurationBuilder()
        .AddInMemoryCollection([new("Assay:Embeddings:Provider", provider)])
        .Build();
}
