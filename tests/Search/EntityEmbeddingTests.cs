using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class EntityEmbeddingTests
{
    [Fact]
    public async Task A_new_text_waits_for_its_vector_and_deletion_removes_it()
    {
        await using var app = await AssayApp.StartAsync();
        var client = await ClientAsync(app);
        var entity = await client.AddPromptAsync("Tea", "Steep the leaves.");
        await client.EmbeddedAsync(entity.Id);
        var first = await VectorAsync(app);

        await client.PatchAsync($"/api/prompts/{entity.Id}", new { status = "active", tags = new[] { "hot" } });
        Assert.Equal(first, await VectorAsync(app));

        await client.PatchAsync($"/api/prompts/{entity.Id}", new { content = new { text = "Grind the beans." } });
        await client.EmbeddedAsync(entity.Id);
        Assert.NotEqual(first, await VectorAsync(app));

        await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{entity.Id}");
        Assert.Equal(0, await CountAsync(app, "true"));
        await client.PostAsync($"/api/prompts/{entity.Id}/undelete", null);
        await client.EmbeddedAsync(entity.Id);
    }

    [Fact]
    public async Task A_text_that_is_refused_fails_alone_until_it_changes()
    {
        using var embedder = new MoodyEmbedder();
        await using var app = await StartAsync(embedder);
        var client = await ClientAsync(app);
        embedder.IsAway = true;
        var poison = await client.AddPromptAsync("Bad", "poison");
        var others = new List<Entity>();
        for (var n = 0; n < 5; n++)
            others.Add(await client.AddPromptAsync($"Good {n}"));
        embedder.IsAway = false;

        foreach (var entity in others)
            await client.EmbeddedAsync(entity.Id);
        var failed = await client.EmbeddedAsync(poison.Id, EmbeddingStatus.Failed);
        Assert.Equal("assay-hash-384 gave no vector for this text.", failed.Error);

        await client.PatchAsync(
            $"/api/prompts/{poison.Id}", new { title = "Better", content = new { text = "Say hello." } });
        await client.EmbeddedAsync(poison.Id);
    }

    [Fact]
    public async Task An_embedder_that_is_away_fails_no_text()
    {
        using var embedder = new MoodyEmbedder { IsAway = true };
        await using var app = await StartAsync(embedder);
        var client = await ClientAsync(app);
        var entity = await client.AddPromptAsync("A");

        await client.BeginEmbeddingAsync();
        await Eventually.TrueAsync(
            () => Task.FromResult(embedder.Calls > 4), TimeSpan.FromSeconds(60), () => "It was never asked.");
        Assert.Equal(
            EmbeddingStatus.Pending,
            (await client.GetAsync<EntityEmbedding>($"/api/entities/{entity.Id}/embedding")).Status);
        Assert.Equal(0, await CountAsync(app, "status = 'failed'"));

        embedder.IsAway = false;
        await client.EmbeddedAsync(entity.Id);
    }

    [Fact]
    public async Task What_a_dead_process_left_waiting_is_embedded_by_the_next()
    {
        await using var database = await TestDatabase.CreateAsync();
        var organization = await database.AddOrganizationAsync();
        using var hanging = new MoodyEmbedder { Hangs = true };
        Guid id;
        await using (var app = await StartAsync(hanging, database))
        {
            var client = await app.ClientOfAsync(organization, Role.Member);
            id = (await client.AddPromptAsync("A")).Id;
            await client.BeginEmbeddingAsync();
            await Eventually.TrueAsync(
                () => Task.FromResult(hanging.Calls > 0), TimeSpan.FromSeconds(60), () => "It was never asked.");
        }

        await using var next = await AssayApp.StartAsync(database);
        await (await next.ClientOfAsync(organization, Role.Member)).EmbeddedAsync(id);
    }

    [Fact]
    public async Task A_vector_of_a_text_that_changed_meanwhile_is_dropped()
    {
        await using var database = await TestDatabase.CreateAsync();
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $$"""
            insert into core.entity (organization_id, type, title, content)
            values ('{{organization}}', 'prompt', 'A', '{"text":"a"}'),
                ('{{organization}}', 'prompt', 'B', '{"text":"b"}')
            """);
        var waiting = new WaitingTexts(database.Jobs);
        var model = new Guid("00000000-0000-7000-8000-000000000384");

        var texts = await waiting.ListAsync(organization, model, 10, default);
        await database.ExecuteAsync("update core.entity set content = '{\"text\":\"another\"}' where title = 'A'");
        var vector = new float[384];
        vector[7] = 1;
        await waiting.CompleteAsync([.. texts.Select(text => (text, vector))], default);

        var left = Assert.Single(await waiting.ListAsync(organization, model, 10, default));
        Assert.Equal("another", left.Text);
        Assert.Equal("1", await database.ValueAsync<string>(
            "select (vector::real[])[8]::text from core.embedding where status = 'completed'"));
    }

    [Fact]
    public async Task A_new_model_waits_for_all_entities()
    {
        await using var database = await TestDatabase.CreateAsync();
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $$"""
            insert into core.entity (organization_id, type, title, content)
            values ('{{organization}}', 'prompt', 'A', '{"text":"a"}');
            insert into core.embedding_model (name, provider, dimension, max_tokens) values ('new', 'test', 3, 100);
            """);

        Assert.Equal(2, await database.ValueAsync<long>("select count(*) from core.embedding"));
    }

    private static Task<AssayApp> StartAsync(MoodyEmbedder embedder, TestDatabase? database = null) =>
        AssayApp.StartAsync(
            database,
            new Dictionary<string, string?> { ["Assay__Embeddings__Provider"] = "moody" },
            services => services.AddSingleton(new EmbeddingProvider("moody", _ => embedder)));

    private static async Task<HttpClient> ClientAsync(AssayApp app) =>
        await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);

    private static Task<string> VectorAsync(AssayApp app) =>
        app.Database.ValueAsync<string>("select vector::text from core.embedding");

    private static Task<long> CountAsync(AssayApp app, string condition) =>
        app.Database.ValueAsync<long>($"select count(*) from core.embedding where {condition}");

    private sealed class MoodyEmbedder : DelegatingEmbeddingGenerator<string, Embedding<float>>
    {
        private int calls;

        public MoodyEmbedder()
            : base(new LexicalHashEmbedder())
        {
        }

        public bool IsAway { get; set; }

        public bool Hangs { get; init; }

        public int Calls => calls;

        public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null,
            CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref calls);
            if (Hangs)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            if (IsAway)
                throw new HttpRequestException("The embedder is away.");
            if (values.Any(value => value.Contains("poison", StringComparison.Ordinal)))
                throw new InvalidOperationException("This text is refused.");
            return await base.GenerateAsync(values, options, cancellationToken);
        }
    }
}
