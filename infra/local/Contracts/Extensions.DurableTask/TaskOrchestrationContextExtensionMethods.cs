using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;

namespace Microsoft.DurableTask;

public static class TaskOrchestrationContextExtensionMethods
{
    /// <summary>The activity that the host itself provides to make HTTP calls.</summary>
    internal const string HttpActivity = "BuiltIn::HttpActivity";

    /// <summary>Makes the call from the host, as an activity: its answer is recorded, any status included.</summary>
    public static Task<DurableHttpResponse> CallHttpAsync(
        this TaskOrchestrationContext context, DurableHttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.CallActivityAsync<DurableHttpResponse>(HttpActivity, request);
    }

    /// <param name="context">The orchestration that calls.</param>
    /// <param name="method">Method of the request.</param>
    /// <param name="uri">Absolute address.</param>
    /// <param name="content">Body, sent as JSON.</param>
    /// <param name="retryOptions">Tried once when null.</param>
    /// <param name="asynchronousPatternEnabled">Whether an answer of 202 is followed to its end.</param>
    public static Task<DurableHttpResponse> CallHttpAsync(
        this TaskOrchestrationContext context,
        HttpMethod method,
        Uri uri,
        string? content = null,
        HttpRetryOptions? retryOptions = null,
        bool asynchronousPatternEnabled = false) =>
        context.CallHttpAsync(new DurableHttpRequest(method, uri)
        {
            Content = content,
            HttpRetryOptions = retryOptions,
            AsynchronousPatternEnabled = asynchronousPatternEnabled,
        });

    /// <summary>Null when the orchestration does not run as a function.</summary>
    public static FunctionContext? GetFunctionContext(this TaskOrchestrationContext context) =>
        (context as IFunctionOrchestrationContext)?.FunctionContext;
}
