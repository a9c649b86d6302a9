using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay.Conformance;

/// <summary>The client's own calls, one function each, for tests that can only speak HTTP.</summary>
public static class ClientFunctions
{
    /// <returns>The id of the instance.</returns>
    [Function(nameof(Start))]
    public static Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start/{name}")] HttpRequest request,
        string name, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () =>
        {
            var start = (await request.ReadFromJsonAsync<StartRequest>(cancellation))!;
            return await client.ScheduleNewOrchestrationInstanceAsync(
                name, start.Input, start.Options(), cancellation);
        });

    /// <returns>See <see cref="Instance"/>; null for an unknown one.</returns>
    [Function(nameof(Get))]
    public static Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "get/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () => Instance.Of(
            await client.GetInstanceAsync(id, request.Query["contents"] == "true", cancellation)));

    [Function(nameof(WaitForStart))]
    public static Task<IResult> WaitForStart(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "wait-for-start/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () =>
            Instance.Of(await client.WaitForInstanceStartAsync(id, getInputsAndOutputs: true, cancellation)));

    [Function(nameof(WaitForCompletion))]
    public static Task<IResult> WaitForCompletion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "wait/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () =>
            Instance.Of(await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, cancellation)));

    [Function(nameof(Raise))]
    public static Task<IResult> Raise(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "raise/{id}/{name}")] HttpRequest request,
        string id, string name, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () => await client.RaiseEventAsync(
            id, name, await request.ReadFromJsonAsync<JsonElement>(cancellation), cancellation));

    [Function(nameof(Suspend))]
    public static Task<IResult> Suspend(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "suspend/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(() => client.SuspendInstanceAsync(id, "for a test", cancellation));

    [Function(nameof(Resume))]
    public static Task<IResult> Resume(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "resume/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(() => client.ResumeInstanceAsync(id, "for a test", cancellation));

    /// <summary>The body is the output; <c>recursive=true</c> ends sub-orchestrations too.</summary>
    [Function(nameof(Terminate))]
    public static Task<IResult> Terminate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "terminate/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () => await client.TerminateInstanceAsync(
            id,
            new TerminateInstanceOptions(
                await request.ReadFromJsonAsync<string>(cancellation), request.Query["recursive"] == "true"),
            cancellation));

    [Function(nameof(Restart))]
    public static Task<IResult> Restart(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "restart/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(() => client.RestartAsync(id, request.Query["newId"] == "true", cancellation));

    [Function(nameof(Rewind))]
    public static Task<IResult> Rewind(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "rewind/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(() => client.RewindInstanceAsync(id, "for a test", cancellation));

    /// <returns>How many were purged.</returns>
    [Function(nameof(Purge))]
    public static Task<IResult> Purge(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "purge/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () => (await client.PurgeInstanceAsync(
            id, new PurgeInstanceOptions(request.Query["recursive"] == "true"), cancellation)).PurgedInstanceCount);

    /// <summary>The body is the filter.</summary>
    /// <returns>How many were purged.</returns>
    [Function(nameof(PurgeAll))]
    public static Task<IResult> PurgeAll(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "purge")] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () =>
        {
            var filter = (await request.ReadFromJsonAsync<InstanceFilter>(cancellation))!;
            var purged = await client.PurgeAllInstancesAsync(
                new(filter.From, filter.To, filter.Statuses), cancellation);
            return purged.PurgedInstanceCount;
        });

    /// <summary>The body is the query.</summary>
    /// <returns>Its pages, each with its instances.</returns>
    [Function(nameof(List))]
    public static Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "list")] HttpRequest request,
        [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () =>
        {
            var filter = (await request.ReadFromJsonAsync<InstanceFilter>(cancellation))!;
            List<InstancePage> pages = [];
            await foreach (var page in client.GetAllInstancesAsync(filter.Query()).AsPages())
                pages.Add(new([.. page.Values.Select(found => Instance.Of(found)!)], page.ContinuationToken));
            return pages;
        });

    /// <returns>The types of the events, with the ids that connect them.</returns>
    [Function(nameof(History))]
    public static Task<IResult> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "history/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        Answer.OfAsync(async () =>
        {
            var events = await client.GetOrchestrationHistoryAsync(id, cancellation);
            return events.Select(HistoryLine.Of).ToList();
        });

    [Function(nameof(CheckStatus))]
    public static Task<HttpResponseData> CheckStatus(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "check-status/{id}")] HttpRequestData request,
        string id, [DurableClient] DurableTaskClient client, CancellationToken cancellation) =>
        client.CreateCheckStatusResponseAsync(request, id, cancellation);

    /// <returns>The addresses of the management API for an instance, by name.</returns>
    [Function(nameof(Payload))]
    public static IResult Payload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "payload/{id}")] HttpRequest request,
        string id, [DurableClient] DurableTaskClient client)
    {
        var payload = client.CreateHttpManagementPayload(id);
        return Results.Json(new
        {
            payload.Id, payload.StatusQueryGetUri, payload.SendEventPostUri, payload.TerminatePostUri,
            payload.SuspendPostUri, payload.ResumePostUri, payload.PurgeHistoryDeleteUri,
        });
    }
}
