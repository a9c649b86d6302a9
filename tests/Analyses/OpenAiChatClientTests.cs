using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace Assay;

public sealed class OpenAiChatClientTests : IAsyncLifetime
{
    private FakeChatServer server = null!;

    public async Task InitializeAsync() => server = await FakeChatServer.StartAsync();

    public async Task DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task A_call_carries_model_messages_and_settings()
    {
        using var client = server.NewClient();
        var settings = new ChatOptions
        {
            Temperature = 0.5f, MaxOutputTokens = 9, StopSequences = ["END"], ResponseFormat = ChatResponseFormat.Json,
        };

        var response = await client.GetResponseAsync(
            [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi")], settings);

        Assert.Equal("Hello.", response.Text);
        Assert.Equal(
            ("fake-1", 7, 3),
            (response.ModelId!, response.Usage!.InputTokenCount, response.Usage.OutputTokenCount));
        var (body, _) = Assert.Single(server.Calls);
        Assert.Equal(
            """{"model":"fake-1","messages":[{"role":"system","content":"Be brief."},"""
            + """{"role":"user","content":"Hi"}],"temperature":0.5,"max_tokens":9,"stop":["END"],"response_format":"""
            + """{"type":"json_object"},"stream":false}""",
            body.ToJsonString());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task An_overloaded_endpoint_is_tried_again(int status)
    {
        server.Answer = (call, _, context) => call < 2
            ? FakeChatServer.FailAsync(context, status, "later")
            : FakeChatServer.SayAsync(context, "At last.");
        using var client = server.NewClient();

        Assert.Equal("At last.", (await client.GetResponseAsync("Hi")).Text);
        Assert.Equal(3, server.Calls.Count);
    }

    [Theory]
    [InlineData(500, 2)]
    [InlineData(400, 1)]
    public async Task A_refusal_says_what_the_endpoint_said(int status, int calls)
    {
        server.Answer = (_, _, context) => FakeChatServer.FailAsync(context, status, "no such thing");
        using var client = server.NewClient(attemptsMax: 2);

        var fault = await Assert.ThrowsAsync<ChatModelException>(() => client.GetResponseAsync("Hi"));

        Assert.Contains($"{status}: no such thing", fault.Message);
        Assert.Equal(calls, server.Calls.Count);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task What_the_endpoint_says_of_a_key_is_not_repeated(int status)
    {
        server.Answer = (_, _, context) => FakeChatServer.FailAsync(context, status, "Incorrect API key: sk-1.");
        using var client = server.NewClient();

        var fault = await Assert.ThrowsAsync<ChatModelException>(() => client.GetResponseAsync("Hi"));

        Assert.Equal($"The model's endpoint refuses the key, with status {status}.", fault.Message);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task An_answer_without_an_end_is_given_up()
    {
        server.Answer = async (_, _, context) =>
        {
            var much = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(much, context.RequestAborted);
        };
        using var client = server.NewClient(attemptsMax: 1);

        await Assert.ThrowsAsync<ChatModelException>(() => client.GetResponseAsync("Hi"));
    }

    [Theory]
    [InlineData("this is no JSON")]
    [InlineData("{\"choices\": []}")]
    [InlineData("{\"choices\": [{\"message\": {\"role\": \"assistant\"}}]}")]
    [InlineData("null")]
    [InlineData("{\"choices\": 5}")]
    public async Task A_malformed_answer_is_a_fault_of_the_model(string body)
    {
        server.Answer = (_, _, context) => context.Response.WriteAsync(body);
        using var client = server.NewClient();

        await Assert.ThrowsAsync<ChatModelException>(() => client.GetResponseAsync("Hi"));
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_is_given_up()
    {
        server.Answer = (_, _, context) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        using var client = server.NewClient(timeoutSeconds: 1);

        var fault = await Assert.ThrowsAsync<ChatModelException>(() => client.GetResponseAsync("Hi"));

        Assert.Contains("within 1 s", fault.Message);
    }

    [Fact]
    public async Task An_endpoint_that_is_away_is_named_as_such()
    {
        await server.DisposeAsync();
        using var client = server.NewClient(attemptsMax: 1);

        var fault = await Assert.ThrowsAsync<ChatModelException>(() => client.GetResponseAsync("Hi"));

        Assert.Contains("cannot be reached", fault.Message);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_no_fault_of_the_model()
    {
        using var stop = new CancellationTokenSource();
        server.Answer = async (_, _, context) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var client = server.NewClient();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.GetResponseAsync("Hi", cancellationToken: stop.Token));
    }

    [Fact]
    public async Task A_streamed_answer_comes_in_pieces()
    {
        server.Answer = (_, _, context) => context.Response.WriteAsync(
            """
            data: {"choices":[{"delta":{"role":"assistant"}}]}

            data: {"choices":[{"delta":{"content":"Hel"}}]}

            data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}

            data: [DONE]


            """);
        using var client = server.NewClient();

        var pieces = new List<string>();
        await foreach (var update in client.GetStreamingResponseAsync("Hi"))
            pieces.Add(update.Text);

        Assert.Equal(["Hel", "lo"], pieces);
    }
}
