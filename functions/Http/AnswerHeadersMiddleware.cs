using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Assay;

/// <summary>
/// Headers that every answer has: it is what it says it is, and no cache that others use keeps it. The caller's own
/// may, to ask again with its <c>ETag</c>, but for what shows a secret. A function may set others.
/// </summary>
public sealed class AnswerHeadersMiddleware(RouteTable routes) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http)
        {
            var showsSecret = routes[context.FunctionDefinition.Name].Operation.ShowsSecret;
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.CacheControl = showsSecret ? "no-store" : "private, no-cache";
        }
        return next(context);
    }
}
