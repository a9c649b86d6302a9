using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// An answer of one JSON object a line, each sent when it is there, for as long as its caller may have it.
/// </summary>
/// <param name="Read">Hands every object to the given function.</param>
internal sealed record JsonLines(CallerWatch Watch, Func<Func<object, Task>, CancellationToken, Task> Read) : IResult
{
    public const string MediaType = "application/jsonl";

    // Azure cuts answers at 230 s; a snapshot is not held for longer than anybody could read from it.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(230);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted);
        ended.CancelAfter(Longest);
        var watching = Watch.CancelAsync(ended);
        try
        {
            await SendAsync(httpContext.Response, ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            // What a look failed by, such as the database being away, ended the answer and is nothing more to it.
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendAsync(HttpResponse response, CancellationToken cancellation)
    {
        response.ContentType = MediaType;
        await using var writer = new Utf8JsonWriter(
            response.BodyWriter, new JsonWriterOptions { Encoder = Json.Options.Encoder });
        await Read(
            async line =>
            {
                JsonSerializer.Serialize(writer, line, line.GetType(), Json.Options);
                writer.Reset();
                "\n"u8.CopyTo(response.BodyWriter.GetSpan(1));
                response.BodyWriter.Advance(1);
                // What the client does not take yet is waited for.
                if (response.BodyWriter.UnflushedBytes > 64 * 1024)
                    await response.BodyWriter.FlushAsync(cancellation);
            },
            cancellation);
        await response.BodyWriter.FlushAsync(cancellation);
    }
}
