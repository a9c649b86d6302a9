using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay.HostSample;

public static class DurableSamples
{
    [Function(nameof(Begin))]
    public static async Task<IResult> Begin(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "begin/{name}")] HttpRequest request,
        [DurableClient] DurableTaskClient client, string name, CancellationToken cancellation)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync(name, 3, cancellation);
        return Results.Text(id);
    }

    [Function(nameof(Sum))]
    public static async Task<int> Sum([OrchestrationTrigger] TaskOrchestrationContext context, int count)
    {
        var sum = 0;
        for (var i = 1; i <= count; i++)
            sum += await context.CallActivityAsync<int>(nameof(Square), i);
        return sum;
    }

    [Function(nameof(Breaks))]
    public static Task Breaks([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(nameof(Broken));

    [Function(nameof(Square))]
    public static int Square([ActivityTrigger] int number) => number * number;

    [Function(nameof(Broken))]
    public static void Broken([ActivityTrigger] object? nothing) => throw new FormatException("bad form");
}
