using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
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
}
