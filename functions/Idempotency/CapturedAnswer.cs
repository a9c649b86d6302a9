using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>An answer as it goes over the wire, to be sent now and again later.</summary>
internal sealed record CapturedAnswer(int Status, JsonObject Headers, byte[] Body, bool IsReplay) : IResult
{
    // What describes the answer itself, and not the exchange that it was part of.
    private static readonly string[] kept = ["Content-Type", "ETag", "Link", "Location", "Retry-After"];

    /// <summary>Has a result write into memory.</summary>
    public static async Task<CapturedAnswer> OfAsync(HttpContext http, IResult result)
    {
        var body = http.Response.Body;
        using var memory = new MemoryStream();
        try
        {
            http.Response.Body = memory;
            await result.ExecuteAsync(http);
            await http.Response.BodyWriter.FlushAsync(CancellationToken.None);
        }
        finally
        {
            http.Response.Body = body;
        }

        var headers = new JsonObject();
        foreach (var name in kept)
            if (http.Response.Headers[name].ToString() is { Length: > 0 } value)
                headers[name] = value;
        return new(http.Response.StatusCode, headers, memory.ToArray(), IsReplay: false);
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        foreach (var (name, value) in Headers)
            response.Headers[name] = (string?)value;
        if (IsReplay)
            response.Headers["Idempotency-Replayed"] = "true";
        return Body.Length == 0
            ? Task.CompletedTask
            : response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
    }
}
