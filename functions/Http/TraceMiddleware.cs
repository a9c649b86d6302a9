using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Assay;

/// <summary>
/// Answers each request with the trace that it belongs to, its sender's where it sent a <c>traceparent</c>, in the
/// header <c>traceresponse</c> (W3C Trace Context, level 2). Problems name the same trace.
/// </summary>
public sealed class TraceMiddleware : IFunctionsWorkerMiddleware
{
    private static readonly object TraceKey = new();

    /// <summary>The trace of a request, also when its span is over, as it is once results are sent.</summary>
    public static string TraceIdOf(HttpContext http) => http.Items[TraceKey] as string ?? http.TraceIdentifier;

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        using var own = Begin(http, context);
        http.Items[TraceKey] = Activity.Current!.TraceId.ToHexString();
        http.Response.Headers["traceresponse"] = Activity.Current.Id;
        await next(context);
    }

    // ASP.NET Core begins a span, but where nobody listens it may not, and after a malformed traceparent it has one
    // whose id is no trace's.
    private static Activity? Begin(HttpContext http, FunctionContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C })
            return null;

        Activity.Current = null;
        var span = new Activity(context.FunctionDefinition.Name).SetIdFormat(ActivityIdFormat.W3C);
        var headers = http.Request.Headers;
        return ActivityContext.TryParse(headers.TraceParent, headers.TraceState, out var sent)
            ? span.SetParentId(sent.TraceId, sent.SpanId, sent.TraceFlags).Start()
            : span.Start();
    }
}
