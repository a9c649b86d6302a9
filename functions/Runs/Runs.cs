using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>Work that a run carries out: where to ask how far it is.</summary>
public sealed record AcceptedRun(Guid RunId, string Location)
{
    public static AcceptedRun Example => new(
        new("01a1fd83-981a-76c0-a43f-a093148f6612"), "/api/runs/01a1fd83-981a-76c0-a43f-a093148f6612");
}

public static class Runs
{
    /// <summary>202 for work that a run carries out: <c>Location</c> is the run.</summary>
    public static IResult Accepted(Guid runId) => new Accepting(runId, null);

    /// <summary>The same with a body that says more than the run's id, such as the thing that was created.</summary>
    public static IResult Accepted<T>(Guid runId, T body) => new Accepting(runId, body);

    private sealed record Accepting(Guid RunId, object? Body) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var location = $"{httpContext.Request.PathBase}/api/runs/{RunId}";
            httpContext.Response.Headers.Location = location;
            httpContext.Response.Headers.RetryAfter = "1";
            return Results.Json(Body ?? new AcceptedRun(RunId, location), Json.Options, statusCode: 202)
                .ExecuteAsync(httpContext);
        }
    }
}
