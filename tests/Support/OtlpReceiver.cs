using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>A span as it was sent. Ids are in hexadecimal; the parent of a root is empty.</summary>
internal sealed record SentSpan(string TraceId, string SpanId, string ParentId, string Name, string Scope);

/// <summary>A real OTLP receiver on loopback: HTTP with protocol buffers.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private OtlpReceiver(WebApplication app) => this.app = app;

    public ConcurrentQueue<SentSpan> Spans { get; } = new();

    /// <summary>Names of the metrics that came.</summary>
    public ConcurrentDictionary<string, bool> Metrics { get; } = new();

    /// <summary>What a process needs in its environment to send here, soon rather than in batches.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver.app.MapPost("/v1/traces", http => receiver.ReadAsync(http, receiver.AddSpans));
        receiver.app.MapPost("/v1/metrics", http => receiver.ReadAsync(http, receiver.AddMetrics));
        await receiver.app.StartAsync();
        var addresses = receiver.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        receiver.Environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = addresses.Addresses.First(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
        };
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task ReadAsync(HttpContext http, Action<byte[]> add)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        add(body.ToArray());
        http.Response.ContentType = "application/x-protobuf";
    }

    // ExportTraceServiceRequest: resource_spans = 1, in it scope_spans = 2, in it scope = 1 and spans = 2.
    private void AddSpans(byte[] request)
    {
        foreach (var scoped in Fields(request, 1).SelectMany(resource => Fields(resource, 2)))
        {
            var scope = Encoding.UTF8.GetString(Fields(Fields(scoped, 1).Single(), 1).Single());
            foreach (var span in Fields(scoped, 2))
                Spans.Enqueue(new(Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5), scope));
        }
    }

    // ExportMetricsServiceRequest: resource_metrics = 1, in it scope_metrics = 2, in it metrics = 2, in it name = 1.
    private void AddMetrics(byte[] request)
    {
        foreach (var metric in Fields(request, 1)
                     .SelectMany(resource => Fields(resource, 2)).SelectMany(scoped => Fields(scoped, 2)))
            Metrics[Text(metric, 1)] = true;
    }

    private static string Hex(byte[] message, int field) =>
        Convert.ToHexStringLower(Fields(message, field).FirstOrDefault() ?? []);

    private static string Text(byte[] message, int field) =>
        Encoding.UTF8.GetString(Fields(message, field).FirstOrDefault() ?? []);

    /// <summary>The length-delimited fields of a message that have a number.</summary>
    private static List<byte[]> Fields(byte[] message, int number)
    {
        List<byte[]> found = [];
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += sizeof(ulong);
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    if ((int)(key >> 3) == number)
                        found.Add(message[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    at += sizeof(uint);
                    break;
                default:
                    throw new InvalidDataException($"{key & 7} is no wire type of protocol buffers.");
            }
        }
        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
