using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

public enum Size
{
    Small,
    Large,
}

/// <summary>A payload with something of everything.</summary>
public sealed record Parcel(
    string Label, Size Size, decimal Weight, DateTimeOffset SentAt, List<string> Contents, Parcel? Inside);

/// <summary>Activities one after the other, and at the same time.</summary>
public static class Calls
{
    /// <returns>The number of steps.</returns>
    [Function(nameof(Chain))]
    public static async Task<int> Chain([OrchestrationTrigger] TaskOrchestrationContext context, int steps)
    {
        var sum = 0;
        for (var step = 0; step < steps; step++)
            sum = await context.CallActivityAsync<int>(nameof(AddOne), sum);
        return sum;
    }

    /// <returns>1 + 2 + … + width.</returns>
    [Function(nameof(FanOut))]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context, int width)
    {
        var numbers = await Task.WhenAll(
            Enumerable.Range(0, width).Select(i => context.CallActivityAsync<int>(nameof(AddOne), i)));
        return numbers.Sum();
    }

    [Function(nameof(AddOne))]
    public static int AddOne([ActivityTrigger] int number) => number + 1;

    /// <summary>Calls without asking for results.</summary>
    [Function(nameof(Untyped))]
    public static async Task<string> Untyped([OrchestrationTrigger] TaskOrchestrationContext context)
    {
#pragma warning disable DURABLE2002 // The point: a result that nobody asks for.
        await context.CallActivityAsync(nameof(AddOne), 1);
#pragma warning restore DURABLE2002
        await context.CallSubOrchestratorAsync(nameof(Chain), 1);
        return "done";
    }

    /// <summary>The first parameter that nothing else supplies is the input.</summary>
    [Function(nameof(Forward))]
    public static Task<Parcel> Forward(
        [OrchestrationTrigger] TaskOrchestrationContext context, Parcel parcel, FunctionContext function) =>
        context.CallActivityAsync<Parcel>(nameof(Wrap), parcel);

    [Function(nameof(Wrap))]
    public static Parcel Wrap([ActivityTrigger] Parcel parcel) => parcel with { Inside = parcel };

    /// <returns>The input as read from the context, as another type than it was written from.</returns>
    [Function(nameof(Measure))]
    public static string Measure([OrchestrationTrigger] TaskOrchestrationContext context) =>
        $"{context.GetInput<Dictionary<string, object>>()!["weight"]}";

    /// <returns>What passing options in the place of the input comes to.</returns>
    [Function(nameof(Mistake))]
    public static async Task<string> Mistake([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        object options = new TaskOptions(new RetryPolicy(2, TimeSpan.FromSeconds(1)));
        try
        {
#pragma warning disable DURABLE2001 // The point: the mistake that the analyzer finds.
            await context.CallActivityAsync<int>(nameof(AddOne), options);
#pragma warning restore DURABLE2001
            return "accepted";
        }
        catch (ArgumentException)
        {
            return nameof(ArgumentException);
        }
    }

    /// <returns>The status with which this very app answers at the address.</returns>
    [Function(nameof(CallHttp))]
    public static async Task<int> CallHttp([OrchestrationTrigger] TaskOrchestrationContext context, Uri address) =>
        (int)(await context.CallHttpAsync(HttpMethod.Get, address, null, null)).StatusCode;
}
