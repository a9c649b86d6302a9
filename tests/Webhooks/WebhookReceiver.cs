using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>What a receiver of webhooks does: answers on loopback, and keeps what came.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app) => this.app = app;

    public sealed record Received(string Id, string Timestamp, string Signature, string Body);

    public ConcurrentQueue<Received> Messages { get; } = [];

    /// <summary>The status of an answer, by how many came before.</summary>
    public Func<int, int> Answer { get; set; } = _ => 204;

    /// <summary>How long it takes to answer.</summary>
    public TimeSpan Delay { get; set; }

    public string Url => app.Urls.Single() + "/hook";

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.MapPost("/hook", receiver.ReceiveAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>Whether one of a message's signatures was made with a secret.</summary>
    public static bool IsSigned(Received message, string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var expected = HMACSHA256.HashData(
            key, Encoding.UTF8.GetBytes($"{message.Id}.{message.Timestamp}.{message.Body}"));
        return message.Signature.Split(' ').Contains($"v1,{Convert.ToBase64String(expected)}");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var headers = http.Request.Headers;
        var before = Messages.Count;
        Messages.Enqueue(new(
            headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(),
            headers["webhook-signature"].ToString(), await reader.ReadToEndAsync()));
        await Task.Delay(Delay, http.RequestAborted);
        http.Response.StatusCode = Answer(before);
    }
}
