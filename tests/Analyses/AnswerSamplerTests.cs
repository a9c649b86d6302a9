namespace Assay;

public sealed class AnswerSamplerTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly string[] Capitals =
        ["Paris is the capital.", "Rome is a big old city.", "Nobody knows for sure yet."];

    private readonly Guid analysis = Guid.CreateVersion7();
    private FakeChatServer server = null!;
    private Guid organization;

    public async Task InitializeAsync()
    {
        server = await FakeChatServer.StartAsync();
        organization = await database.AddOrganizationAsync();
    }

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task Equal_answers_have_no_entropy()
    {
        server.Answer = (_, _, context) => FakeChatServer.SayAsync(context, Capitals[0]);

        var result = await MeasureAsync(4);

        Assert.Equal((0, 4), (result.Entropy, result.Samples));
        Assert.Equal([4], result.Clusters);
        Assert.All(server.Calls, call => Assert.Equal(1, (double)call.Body["temperature"]!));
    }

    [Fact]
    public async Task Different_answers_fall_into_clusters()
    {
        server.Answer = (call, _, context) => FakeChatServer.SayAsync(context, Capitals[call % 3]);

        var result = await MeasureAsync(6);

        Assert.Equal([2, 2, 2], result.Clusters);
        Assert.Equal(Math.Log(3), result.Entropy, precision: 6);
        Assert.Equal("fake-1", result.Model);
        Assert.NotEmpty(result.Embedder);
    }

    [Fact]
    public async Task Empty_answers_count_as_answers()
    {
        server.Answer = (_, _, context) => FakeChatServer.SayAsync(context, "");

        Assert.Equal(2, (await MeasureAsync(2)).Clusters.Sum());
    }

    [Fact]
    public async Task One_answer_that_fails_fails_the_measurement()
    {
        server.Answer = (call, _, context) => call == 1
            ? FakeChatServer.FailAsync(context, 400, "refused")
            : FakeChatServer.SayAsync(context, Capitals[0]);

        await Assert.ThrowsAsync<ChatModelException>(() => MeasureAsync(3));
    }

    [Fact]
    public async Task What_was_answered_before_another_answer_failed_is_not_asked_again()
    {
        server.Answer = (call, _, context) => call == 1
            ? FakeChatServer.FailAsync(context, 400, "refused")
            : FakeChatServer.SayAsync(context, Capitals[0]);
        await Assert.ThrowsAsync<ChatModelException>(() => MeasureAsync(3));

        Assert.Equal([3], (await MeasureAsync(3)).Clusters);
        Assert.Equal(4, server.Calls.Count);
    }

    private async Task<EntropyResult> MeasureAsync(int samples)
    {
        using var client = server.NewClient();
        var sampler = new AnswerSampler(
            new ChatModel(client, "self-hosted", "fake-1"), new LexicalHashEmbedder(),
            TestCache.Of(database, organization));
        return await sampler.MeasureAsync(
            analysis, "What is the capital of France?", samples, CancellationToken.None);
    }
}
