using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Assay;

/// <summary>
/// Refuses on every route alike what it does not take: query parameters that it does not know, and a change without
/// <c>If-Match</c>.
/// </summary>
public sealed class RequestMiddleware(RouteTable routes) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http
            && Refusal(http.Request, routes[context.FunctionDefinition.Name]) is { } problem)
        {
            context.GetInvocationResult().Value = problem;
            return Task.CompletedTask;
        }
        return next(context);
    }

    private static Problem? Refusal(HttpRequest request, Route route) =>
        (route.Operation.OpenQuery ? null : Query.Refusal(request, route.Operation.Query))
        ?? (route.NeedsIfMatch && request.Headers.IfMatch.Count == 0 ? Problems.VersionRequired() : null);
}
