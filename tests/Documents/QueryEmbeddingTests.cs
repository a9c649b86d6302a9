using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class QueryEmbeddingTests
{
    [Fact]
    public async Task A_query_is_embedded_once_for_an_organization()
    {
        using var embedder = new CountingEmbedder();
        await using var app = await AssayApp.StartAsync(
            settings: new Dictionary<string, string?> { ["Assay__Embeddings__Provider"] = "counting" },
            overrides: services => services.AddSingleton(new EmbeddingProvider("counting", _ => embedder)));
        foreach (var slug in new[] { "one", "another" })
        {
            await app.Database.AddOrganizationAsync(slug);
            using var client = app.ClientOf(slug);
            for (var n = 0; n < 2; n++)
                Assert.Equal(
                    HttpStatusCode.OK,
                    (await client.PostAsJsonAsync("/api/documents/search", new { query = "refunds" })).StatusCode);
        }

        Assert.Equal(2, embedder.Calls);
    }

    private sealed class CountingEmbedder : DelegatingEmbeddingGenerator<string, Embedding<float>>
    {
        public CountingEmbedder()
            : base(new LexicalHashEmbedder())
        {
        }

        public int Calls { get; private set; }

        public override Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null,
            CancellationToken cancellationToken = default)
        {
            Calls++;
            return base.GenerateAsync(values, options, cancellationToken);
        }
    }
}
