using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <param name="Status">Always <c>ok</c>: what is not well does not answer.</param>
public sealed record Liveness(string Status);

public sealed class HealthFunctions(ReadinessProbe probe)
{
    /// <summary>
    /// The process answers. Asks nothing of Postgres or blobs, so that a restart cures what this reports.
    /// </summary>
    [Function(nameof(Health))]
    [Operation(Permissions.Anyone, Answer = typeof(Liveness), Counted = false)]
    public IResult Health(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request) =>
        Results.Json(new Liveness("ok"), Json.Options);

    /// <summary>200 when requests and work can be served, else 503; the body names each part and its state.</summary>
    [Function(nameof(Ready))]
    [Operation(Permissions.Anyone, Answer = typeof(Readiness), Unavailable = typeof(Readiness), Counted = false)]
    public async Task<IResult> Ready(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequest request,
        CancellationToken cancellation)
    {
        var readiness = await probe.CheckAsync(cancellation);
        if (!readiness.Ready)
            request.HttpContext.Response.Headers.RetryAfter = "2";
        return Results.Json(readiness, Json.Options, statusCode: readiness.Ready ? 200 : 503);
    }
}
