using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed record Order(string Item, int Count);

public sealed record Handled(string Item, string InstanceId);

public sealed class OrderFunctions(Invocations invocations)
{
    [Function("StartOrder")]
    public async Task<IResult> StartOrder(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request,
        [Microsoft.Azure.Functions.Worker.Http.FromBody] Order order,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var id = await durable.ScheduleNewOrchestrationInstanceAsync("HandleOrder", order, cancellation);
        var ended = await durable.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, cancellation);
        return Results.Text(ended.SerializedOutput ?? ended.FailureDetails?.ErrorMessage);
    }

    [Function("HandleOrder")]
    public async Task<string> HandleOrder(
        [OrchestrationTrigger] TaskOrchestrationContext context, Order order, FunctionContext function)
    {
        var item = await context.CallActivityAsync<string>("Pack", order);
        var isSame = context.InstanceId == (string)function.BindingContext.BindingData["instanceId"]!;
        return $"{item} {function.FunctionDefinition.Name} {isSame}";
    }

    [Function("Pack")]
    public async Task<string> Pack([ActivityTrigger] Order order, string instanceId, CancellationToken cancellation)
    {
        if (order.Count < 0)
            throw new ArgumentException($"cannot pack {order.Count}");
        await Task.Delay(1, cancellation);
        invocations.Add(new Handled(order.Item, instanceId));
        return string.Join(" and ", Enumerable.Repeat(order.Item, order.Count));
    }

    [Function("Note")]
    public void Note([ActivityTrigger] string text) => invocations.Add(new Handled(text, ""));
}

public sealed class OutlastingFunctions
{
    [Function("OutlastingOrder")]
    public Task OutlastingOrder([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync("Outlasting", "");

    /// <summary>Does not heed its cancellation.</summary>
    [Function("Outlasting")]
    public async Task Outlasting([ActivityTrigger] string text)
    {
        Gates.Open("outlasting-started");
        await Gates.Wait("outlasting-may-end", CancellationToken.None);
    }
}
