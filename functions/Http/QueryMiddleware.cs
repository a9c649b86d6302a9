using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Assay;

/// <summary>Refuses query parameters that a route does not know, on every route alike.</summary>
public sealed class QueryMiddleware(RouteTable routes) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http
            && Query.Refusal(http.Request, routes[context.FunctionDefinition.Name].Operation.Query) is { } problem)
        {
            context.GetInvocationResult().Value = problem;
            return Task.CompletedTask;
        }
        return next(context);
    }
}
