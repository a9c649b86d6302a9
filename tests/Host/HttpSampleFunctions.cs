using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Assay;

public sealed record Greeting(string Name, int Count);

/// <summary>A scoped service that knows whether it was disposed of.</summary>
public sealed class Visit : IDisposable
{
    public static int Disposed { get; private set; }

    public Guid Id { get; } = Guid.NewGuid();

    public void Dispose() => Disposed++;
}

public sealed class HttpSampleFunctions(Visit visit)
{
    [Function("Echo")]
    public string Echo([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) =>
        $"{request.Method} {request.Host} {request.QueryString}";

    [Function("Typed")]
    public IResult Typed(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id:guid}/parts/{number:int}")]
        HttpRequest request,
        Guid id,
        int number,
        string? note,
        [FromQuery] int[] pick,
        [FromHeader(Name = "x-color")] string? color) =>
        Results.Json(new { id, number, note, pick, color });

    [Function("TypedPost")]
    public IActionResult TypedPost(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "things/{id:guid}/parts/{number:int}")]
        HttpRequest request,
        [Microsoft.Azure.Functions.Worker.Http.FromBody] Greeting greeting) =>
        new OkObjectResult(greeting with { Count = greeting.Count + 1 });

    [Function("Plain")]
    public Greeting Plain([HttpTrigger(AuthorizationLevel.Anonymous, "post")] Greeting greeting) => greeting;

    [Function("Worker")]
    public async Task<HttpResponseData> Worker(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "worker/{*rest}")] HttpRequestData request,
        string rest,
        FunctionContext context)
    {
        var response = request.CreateResponse(HttpStatusCode.Accepted);
        response.Headers.Add("x-rest", rest);
        response.Cookies.Append("crumb", "1");
        await response.WriteStringAsync(
            $"{await request.ReadAsStringAsync()} {context.InvocationId == Header(request)} {request.Query["q"]}");
        return response;
    }

    [Function("Two")]
    public TwoResults Two([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        new(Results.StatusCode(418), "unused");

    [Function("Nothing")]
    public void Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        request.HttpContext.Response.Headers["x-seen"] = "yes";

    [Function("Broken")]
    public Task Broken([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        Task.FromException(new InvalidOperationException("a secret"));

    [Function("Services")]
    public string Services(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, FunctionContext context) =>
        $"{ReferenceEquals(visit, context.InstanceServices.GetService(typeof(Visit)))}";

    [Function("Count")]
    public async Task<string> Count(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request, CancellationToken cancellation)
    {
        var buffer = new byte[65_536];
        var total = 0L;
        while (await request.Body.ReadAsync(buffer, cancellation) is > 0 and var read)
            total += read;
        return $"{total}";
    }

    [Function("Stream")]
    public async Task Stream(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, CancellationToken cancellation)
    {
        var response = request.HttpContext.Response;
        await response.WriteAsync("first\n", cancellation);
        await response.Body.FlushAsync(cancellation);
        await Gates.Wait("stream", cancellation);
        await response.WriteAsync("second\n", cancellation);
    }

    [Function("Forever")]
    public async Task Forever(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request, CancellationToken cancellation)
    {
        Gates.Open("forever-started");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        finally
        {
            Gates.Open("forever-ended");
        }
    }

    [Function("FunctionLevel")]
    public string FunctionLevel([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request) => "function";

    [Function("AdminLevel")]
    public string AdminLevel([HttpTrigger(AuthorizationLevel.Admin, "get")] HttpRequest request) => "admin";

    private static string Header(HttpRequestData request) => request.Headers.GetValues("x-ms-invocation-id").Single();
}

public sealed record TwoResults([property: HttpResult] IResult Answer, string Other);
