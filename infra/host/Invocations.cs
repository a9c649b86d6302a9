using System.Diagnostics;
using Assay.Hosting.Rpc;
using Newtonsoft.Json.Linq;

namespace Assay.Hosting;

/// <summary>A function failed, was cancelled, or lost its worker. Extensions parse the message.</summary>
internal sealed class FunctionFailedException(StatusResult result) : Exception(
    $"Result: {(result.Status == StatusResult.Types.Status.Cancelled ? "Cancelled" : "Failure")}\n"
    // The message alone, as on the real host: Durable's worker puts the details of a failure into it, as JSON.
    + $"Exception: {result.Exception?.Message}\nStack: {result.Exception?.StackTrace}");

internal static class Invocations
{
    /// <summary>The name under which the host's spans can be listened to.</summary>
    public const string SourceName = "Assay.FunctionsHost";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>An invocation in the current trace, in the one that a request came with, or in a new one.</summary>
    public static (InvocationRequest Request, Activity? Span) Start(
        FunctionDescription function, string id, HttpRequest? http = null)
    {
        // The worker takes a missing context for an error, so there is a span whether or not anybody listens.
        var span = Source.StartActivity(function.Name);
        if (span is null && Activity.Current is null)
            span = NewSpan(function.Name, http);
        var current = Activity.Current!;
        var request = new InvocationRequest
        {
            InvocationId = id,
            FunctionId = function.Id,
            TraceContext = new() { TraceParent = current.Id ?? "", TraceState = current.TraceStateString ?? "" },
        };
        return (request, span);
    }

    public static void AddInput(this InvocationRequest request, JObject binding, TypedData value) =>
        request.InputData.Add(new Rpc.ParameterBinding { Name = FunctionDescription.NameOf(binding), Data = value });

    public static void ThrowIfFailed(this InvocationResponse response)
    {
        if (response.Result is { Status: not StatusResult.Types.Status.Success } result)
            throw new FunctionFailedException(result);
    }

    private static Activity NewSpan(string name, HttpRequest? http)
    {
        var span = new Activity(name).SetIdFormat(ActivityIdFormat.W3C);
        if (http is not null && ActivityContext.TryParse(
            http.Headers.TraceParent, http.Headers.TraceState, isRemote: true, out var parent))
        {
            span.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
            span.TraceStateString = parent.TraceState;
        }

        return span.Start();
    }
}
