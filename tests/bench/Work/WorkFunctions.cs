using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay.Bench;

/// <param name="Kind">"chain": steps one after another. "fanOut": all steps at once. "list": lists what runs.</param>
/// <param name="WaitMilliseconds">How long each step waits; 0: it returns its number at once.</param>
/// <param name="PauseMilliseconds">Between one workflow's end and the start of the next.</param>
public sealed record Work(
    string Kind, int Workflows = 0, int Steps = 1, int Parallel = 1, int WaitMilliseconds = 0,
    int PauseMilliseconds = 0);

/// <summary>What a round came to: the sum of the steps' results, and how long it took.</summary>
public sealed record Done(int Count, double Seconds, double[]? Milliseconds);

/// <summary>Work for the storage of orchestrations: steps that only return a number.</summary>
public static class WorkFunctions
{
    [Function(nameof(Health))]
    public static IResult Health(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request) => Results.Ok();

    /// <summary>Does a round of work, and answers when it is done.</summary>
    [Function(nameof(DoRound))]
    public static async Task<IResult> DoRound(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "round")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        var work = (await request.ReadFromJsonAsync<Work>(cancellation))!;
        var (started, sum) = (0, 0);
        var milliseconds = new double[work.Workflows];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, work.Parallel).Select(async _ =>
        {
            while (Interlocked.Increment(ref started) is var number && number <= work.Workflows)
            {
                var began = watch.Elapsed;
                Interlocked.Add(ref sum, await RunOneAsync(client, work, cancellation));
                milliseconds[number - 1] = (watch.Elapsed - began).TotalMilliseconds;
                await Task.Delay(work.PauseMilliseconds, cancellation);
            }
        }));
        return Results.Json(
            new Done(sum, watch.Elapsed.TotalSeconds, work.Parallel == 1 ? milliseconds : null));
    }

    [Function(nameof(Steps))]
    public static async Task<int> Steps([OrchestrationTrigger] TaskOrchestrationContext context, Work work)
    {
        var sum = 0;
        for (var step = 1; step <= work.Steps; step++)
        {
            sum += work.WaitMilliseconds > 0
                ? await context.CallActivityAsync<int>(nameof(Wait), work.WaitMilliseconds)
                : await context.CallActivityAsync<int>(nameof(Echo), step);
        }
        return sum;
    }

    [Function(nameof(FanOut))]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context, Work work)
    {
        var calls = Enumerable.Range(0, work.Steps).Select(_ => context.CallActivityAsync<int>(nameof(Echo), 1));
        return (await Task.WhenAll(calls)).Sum();
    }

    [Function(nameof(Echo))]
    public static int Echo([ActivityTrigger] int number) => number;

    [Function(nameof(Wait))]
    public static async Task<int> Wait([ActivityTrigger] int milliseconds)
    {
        await Task.Delay(milliseconds);
        return 1;
    }

    private static async Task<int> RunOneAsync(DurableTaskClient client, Work work, CancellationToken cancellation)
    {
        if (work.Kind == "list")
        {
            var live = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running]);
            return await client.GetAllInstancesAsync(live).CountAsync(cancellation);
        }
        var id = await client.ScheduleNewOrchestrationInstanceAsync(
            work.Kind == "fanOut" ? nameof(FanOut) : nameof(Steps), work, cancellation);
        var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, cancellation);
        return end.RuntimeStatus == OrchestrationRuntimeStatus.Completed
            ? end.ReadOutputAs<int>()
            : throw new InvalidOperationException($"A workflow ended as {end.RuntimeStatus}: {end.FailureDetails}");
    }
}
