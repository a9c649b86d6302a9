using System.Net;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace Microsoft.Azure.Functions.Worker;

public static class DurableTaskClientExtensions
{
    private const string WebhookPath = "/runtime/webhooks/durabletask";

    /// <summary>202 with the status address in <c>Location</c> and the management addresses as JSON.</summary>
    public static Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponseAsync(request, instanceId, HttpStatusCode.Accepted, cancellation);

    public static async Task<HttpResponseData> CreateCheckStatusResponseAsync(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        HttpStatusCode statusCode,
        CancellationToken cancellation = default)
    {
        var (response, body) = CheckStatus(client, request, instanceId, statusCode);
        await WorkerSerializer.Of(response.FunctionContext)
            .SerializeAsync(response.Body, body, body.GetType(), cancellation);
        return response;
    }

    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        CancellationToken cancellation = default) =>
        client.CreateCheckStatusResponse(request, instanceId, HttpStatusCode.Accepted, cancellation);

    public static HttpResponseData CreateCheckStatusResponse(
        this DurableTaskClient client,
        HttpRequestData request,
        string instanceId,
        HttpStatusCode statusCode,
        CancellationToken cancellation = default)
    {
        var (response, body) = CheckStatus(client, request, instanceId, statusCode);
        WorkerSerializer.Of(response.FunctionContext).Serialize(response.Body, body, body.GetType(), cancellation);
        return response;
    }

    /// <param name="client">The client that was bound to the function.</param>
    /// <param name="instanceId">Id of the instance, known or not.</param>
    /// <param name="request">Its address is used; where null, that of the host.</param>
    /// <exception cref="InvalidOperationException">Neither the request nor the client knows an address.</exception>
    public static HttpManagementPayload CreateHttpManagementPayload(
        this DurableTaskClient client, string instanceId, HttpRequestData? request = null)
    {
        if (string.IsNullOrEmpty(instanceId))
            throw new ArgumentException("InstanceId cannot be null or empty.", nameof(instanceId));

        var host = client as IHttpManagementClient;
        var root = request is null ? host?.HttpBaseUrl : request.Url.GetLeftPart(UriPartial.Authority) + WebhookPath;
        if (root is null)
        {
            throw new InvalidOperationException(
                "There is no address to build on: pass the HTTP request, or use a client bound by [DurableClient].");
        }

        var instance = $"{root}/instances/{Uri.EscapeDataString(instanceId)}";
        string Address(string path = "", params string[] query)
        {
            string[] all = string.IsNullOrEmpty(host?.QueryString) ? query : [.. query, host.QueryString];
            return instance + path + (all.Length == 0 ? "" : "?" + string.Join('&', all));
        }

        // The doubled braces are what the real extension sends.
        const string reason = "reason={{text}}";
        return new()
        {
            Id = instanceId,
            StatusQueryGetUri = Address(),
            PurgeHistoryDeleteUri = Address(),
            SendEventPostUri = Address("/raiseEvent/{eventName}"),
            TerminatePostUri = Address("/terminate", reason),
            SuspendPostUri = Address("/suspend", reason),
            ResumePostUri = Address("/resume", reason),
        };
    }

    private static (HttpResponseData Response, object Body) CheckStatus(
        DurableTaskClient client, HttpRequestData request, string instanceId, HttpStatusCode statusCode)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(request);
        var payload = client.CreateHttpManagementPayload(instanceId, request);
        var response = request.CreateResponse(statusCode);
        response.Headers.Add("Location", payload.StatusQueryGetUri);
        response.Headers.Add("Content-Type", "application/json");

        // A dictionary, since clients count on these names whatever naming the app's serializer uses.
        return (response, new Dictionary<string, string?>
        {
            ["id"] = payload.Id,
            ["purgeHistoryDeleteUri"] = payload.PurgeHistoryDeleteUri,
            ["sendEventPostUri"] = payload.SendEventPostUri,
            ["statusQueryGetUri"] = payload.StatusQueryGetUri,
            ["terminatePostUri"] = payload.TerminatePostUri,
            ["suspendPostUri"] = payload.SuspendPostUri,
            ["resumePostUri"] = payload.ResumePostUri,
        });
    }
}
