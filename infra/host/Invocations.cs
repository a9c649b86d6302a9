using System.Diagnostics;
using Assay.Hosting.Rpc;

namespace Assay.Hosting;

/// <summary>A function failed, was cancelled, or lost its worker. Extensions parse the message.</summary>
internal sealed class FunctionFailedException(string message) : Exception(message)
{
    public static FunctionFailedException From(StatusResult result) => new(
        $"Result: {(result.Status == StatusResult.Types.Status.Cancelled ? "Cancelled" : "Failure")}\n"
        // The message alone, as on the real host: Durable's worker puts the details of a failure into it, as JSON.
        + $"Exception: {result.Exception?.Message}\nStack: {result.Exception?.StackTrace}");
}

internal static class Invocations
{
    private static readonly ActivitySource Source = new("Assay.FunctionsHost");

    /// <summary>An invocation in the trace that is current here, or that a request came with, or in a new one.</summary>
    public static (InvocationRequest Request, Activity? Span) Start(FunctionDescription function, string id, HttpRequest? http = null)
    {
        // The worker takes a missing context for an error, so there is a span whether or not anybody listens.
        var current = Activity.Current;
        var span = Source.StartActivity(function.Name);
        if (span is null && current is null)
            span = NewSpan(function.Name, http);
        var request = new InvocationRequest
        {
            InvocationId = id,
            FunctionId = function.Id,
            TraceContext = new RpcTraceContext
            {
                TraceParent = (span ?? current)!.Id ?? "", TraceState = (span ?? current)!.TraceStateString ?? "",
            },
        };
        return (request, span);
    }

    private static Activity NewSpan(string name, HttpRequest? http)
    {
        var span = new Activity(name).SetIdFormat(ActivityIdFormat.W3C);
        if (http is not null && ActivityContext.TryParse(http.Headers.TraceParent, http.Headers.TraceState, isRemote: true, out var parent))
        {
            span.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
            span.TraceStateString = parent.TraceState;
        }

        return span.Start();
    }

    public static void ThrowIfFailed(this InvocationResponse response)
    {
        if (response.Result is { Status: not StatusResult.Types.Status.Success } result)
            throw FunctionFailedException.From(result);
    }
}
