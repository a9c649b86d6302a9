using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>A real HTTP server on loopback that speaks OpenAI's chat completions, as scripted by a test.</summary>
internal sealed class FakeChatServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeChatServer(WebApplication app) => this.app = app;

    /// <summary>Answers the n-th call (from 0); may write anything, or hang.</summary>
    public Func<int, JsonObject, HttpContext, Task> Answer { get; set; } =
        (_, _, context) => SayAsync(context, "Hello.");

    public ConcurrentQueue<(JsonObject Body, string? Authorization)> Calls { get; } = new();

    public string BaseUrl { get; private set; } = "";

    public static async Task<FakeChatServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new FakeChatServer(builder.Build());
        server.app.MapPost("/v1/chat/completions", server.HandleAsync);
        await server.app.StartAsync();
        var addresses = server.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.BaseUrl = $"{addresses.Addresses.First()}/v1";
        return server;
    }

    /// <summary>An ordinary answer.</summary>
    public static Task SayAsync(HttpContext context, string text) => context.Response.WriteAsJsonAsync(new JsonObject
    {
        ["id"] = "chat-1",
        ["object"] = "chat.completion",
        ["model"] = "fake-1",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
            ["finish_reason"] = "stop",
        }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 7, ["completion_tokens"] = 3, ["total_tokens"] = 10 },
    });

    public static Task FailAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(body);
    }

    public ChatModelOptions Options(int timeoutSeconds = 30, int attemptsMax = 3) => new()
    {
        BaseUrl = BaseUrl, Model = "fake-1", TimeoutSeconds = timeoutSeconds, AttemptsMax = attemptsMax,
    };

    public OpenAiChatClient NewClient(int timeoutSeconds = 30, int attemptsMax = 3) =>
        new(
            new HttpClient { BaseAddress = new($"{BaseUrl}/") }, Options(timeoutSeconds, attemptsMax),
            TimeProvider.System);

    /// <summary>Whether a request asks for a judgement, not for a sample.</summary>
    public static bool IsJudging(JsonObject body) => body["messages"]!.AsArray().Count > 1;

    /// <summary>What a judge answers that gives every criterion the same score.</summary>
    public static string Judgement(double score) => new JsonObject
    {
        ["scores"] = new JsonArray([.. new[]
        {
            "clarity", "specificity", "structure", "context", "output_format", "examples", "consistency", "safety",
        }.Select(key => (JsonNode)new JsonObject { ["key"] = key, ["score"] = score, ["comment"] = "Fine." })]),
    }.ToJsonString();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var body = (await JsonSerializer.DeserializeAsync<JsonObject>(context.Request.Body))!;
        int number;
        lock (Calls)
        {
            number = Calls.Count;
            Calls.Enqueue((body, context.Request.Headers.Authorization));
        }

        await Answer(number, body, context);
    }
}
