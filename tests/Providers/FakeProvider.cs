using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>A server on loopback that lists its models to whoever has its key, and says so as providers do.</summary>
internal sealed class FakeProvider : IAsyncDisposable
{
    public const string Key = "sk-loopback-0123456789abcdefghij";

    private readonly WebApplication app;

    private FakeProvider(WebApplication app) => this.app = app;

    /// <summary>Takes the place of the ordinary answer when not null.</summary>
    public Func<HttpContext, Task>? Answer { get; set; }

    /// <summary>The headers of each request.</summary>
    public ConcurrentQueue<IHeaderDictionary> Requests { get; } = new();

    public string BaseUrl { get; private set; } = "";

    public static async Task<FakeProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new FakeProvider(builder.Build());
        provider.app.MapGet("/v1/models", provider.HandleAsync);
        await provider.app.StartAsync();
        var addresses = provider.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        provider.BaseUrl = $"{addresses.Addresses.First()}/v1";
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private Task HandleAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        Requests.Enqueue(new HeaderDictionary(headers.ToDictionary(header => header.Key, header => header.Value)));
        if (Answer is not null)
            return Answer(context);

        string?[] given = [headers.Authorization, headers["x-api-key"], headers["x-goog-api-key"], headers["api-key"]];
        if (given.Contains(Key) || given.Contains($"Bearer {Key}"))
            return context.Response.WriteAsJsonAsync(new { data = new[] { new { id = "model-1" } } });
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsync($"Incorrect API key provided: {string.Concat(given)}.");
    }
}
