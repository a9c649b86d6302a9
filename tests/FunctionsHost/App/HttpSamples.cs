using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay.HostSample;

public sealed class HttpSamples(Greeting greeting, Seen seen)
{
    [Function(nameof(Hello))]
    public IResult Hello(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello/{name?}")] HttpRequest request,
        string? name) =>
        Results.Text($"{greeting.Word}, {name ?? "you"}");

    [Function(nameof(Numbered))]
    public IResult Numbered(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "numbered/{number:int:min(1)}")] HttpRequest request,
        int number) =>
        Results.Text($"{number}");

    [Function(nameof(Asked))]
    public IResult Asked(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "asked")] HttpRequest request, string what) =>
        Results.Text(what);

    [Function(nameof(Put))]
    public IResult Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "thing")] HttpRequest request) =>
        Results.Text("put");

    [Function(nameof(Delete))]
    public IResult Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "thing")] HttpRequest request) =>
        Results.NoContent();

    [Function(nameof(Keyed))]
    public IResult Keyed(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "keyed")] HttpRequest request) =>
        Results.Text("open");

    [Function(nameof(Guarded))]
    public IResult Guarded(
        [HttpTrigger(AuthorizationLevel.Admin, "get", Route = "guarded")] HttpRequest request) =>
        Results.Text("open");

    /// <summary>Its route is the host's own, so it is in error.</summary>
    [Function(nameof(Reserved))]
    public IResult Reserved(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "admin/reserved")] HttpRequest request) =>
        Results.Text("no");

    [Function(nameof(Length))]
    public async Task<IResult> Length(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "length")] HttpRequest request,
        CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        long length = 0;
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellation)) > 0;)
            length += read;
        return Results.Text($"{length}");
    }

    /// <summary>Sends the second half of its answer once its caller has told that it has the first.</summary>
    [Function(nameof(Halves))]
    public async Task Halves(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "halves/{what}")] HttpRequest request,
        string what, CancellationToken cancellation)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/plain";
        await response.WriteAsync("first\n", cancellation);
        await response.Body.FlushAsync(cancellation);
        while (seen.Count($"told {what}") == 0)
            await Task.Delay(20, cancellation);
        await response.WriteAsync("second\n", cancellation);
    }

    [Function(nameof(Tell))]
    public void Tell(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "tell/{what}")] HttpRequest request, string what) =>
        seen.Add($"told {what}");

    [Function(nameof(Wait))]
    public async Task<IResult> Wait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "wait/{what}")] HttpRequest request,
        string what, FunctionContext context)
    {
        seen.Add($"waiting {what}");
        try
        {
            var seconds = double.Parse($"{request.Query["seconds"]}", CultureInfo.InvariantCulture);
            await Task.Delay(TimeSpan.FromSeconds(seconds), context.CancellationToken);
            return Results.Text("waited");
        }
        catch (OperationCanceledException)
        {
            seen.Add($"cancelled {what}");
            throw;
        }
    }

    /// <summary>Never looks at its cancellation.</summary>
    [Function(nameof(Hang))]
    public async Task<IResult> Hang(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hang")] HttpRequest request)
    {
        await Task.Delay(TimeSpan.FromMinutes(5), CancellationToken.None);
        return Results.Text("late");
    }

    [Function(nameof(Fail))]
    public IResult Fail([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail")] HttpRequest request) =>
        throw new InvalidOperationException("This one always fails.");

    /// <summary>Fails when half of its answer is on its way.</summary>
    [Function(nameof(FailLate))]
    public async Task FailLate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "fail-late")] HttpRequest request)
    {
        await request.HttpContext.Response.WriteAsync("half");
        await request.HttpContext.Response.Body.FlushAsync();
        throw new InvalidOperationException("Half is all.");
    }

    [Function(nameof(Request))]
    public IResult Request(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "request")] HttpRequest request,
        FunctionContext context) =>
        Results.Json(new
    {
        host = $"{request.Host}",
        forwardedFor = $"{request.HttpContext.Connection.RemoteIpAddress}",
        trace = context.TraceContext.TraceParent,
        forwardedTrace = $"{request.Headers.TraceParent}",
        process = Environment.ProcessId,
    });

    [Function(nameof(Count))]
    public IResult Count(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "count/{*what}")] HttpRequest request, string what) =>
        Results.Text($"{seen.Count(what)}");
}
