using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Faults;

/// <summary>What an activity is given.</summary>
/// <param name="Step">Of its instance, counted from 0 through all generations.</param>
public sealed record Call(string InstanceId, int Step, int Number);

/// <summary>How far an instance is that goes on as a new one.</summary>
public sealed record Generation(int Number, int Count);

/// <summary>
/// Orchestrations of every kind, whose results are known beforehand. Each takes a number; <see cref="Mixed"/> says what
/// it makes of it.
/// </summary>
public sealed class Workflows(RunLog log)
{
    private const int GenerationsMax = 4;
    private const int FlakyUntil = 4;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    /// <summary>Name, and what becomes of the input.</summary>
    internal static IReadOnlyDictionary<string, Func<int, int>> Mixed { get; } = new Dictionary<string, Func<int, int>>
    {
        [nameof(Chain)] = x => x + 5,
        [nameof(Fan)] = x => 8 * x + 36,
        [nameof(Family)] = x => 9 * x + 41,
        [nameof(Timers)] = x => x + 2,
        [nameof(Events)] = x => x + 2 + 30,
        [nameof(Generations)] = x => x + GenerationsMax,
        [nameof(Retries)] = x => x + 1,
    };

    [Function(nameof(Chain))]
    public static async Task<int> Chain([OrchestrationTrigger] TaskOrchestrationContext context, int x)
    {
        for (var step = 0; step < 5; step++)
            x = await AddAsync(context, step, x);
        return x;
    }

    [Function(nameof(Fan))]
    public static async Task<int> Fan([OrchestrationTrigger] TaskOrchestrationContext context, int x) =>
        (await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AddAsync(context, i, x + i)))).Sum();

    [Function(nameof(Family))]
    public static async Task<int> Family([OrchestrationTrigger] TaskOrchestrationContext context, int x) =>
        (await Task.WhenAll(
            context.CallSubOrchestratorAsync<int>(nameof(Chain), x),
            context.CallSubOrchestratorAsync<int>(nameof(Fan), x))).Sum();

    [Function(nameof(Timers))]
    public static async Task<int> Timers([OrchestrationTrigger] TaskOrchestrationContext context, int x)
    {
        for (var step = 0; step < 2; step++)
        {
            await context.CreateTimer(Moment, CancellationToken.None);
            x = await AddAsync(context, step, x);
        }
        return x;
    }

    /// <summary>Takes events "first" and "second", of 10 and 20; the first makes a timer void.</summary>
    [Function(nameof(Events))]
    public static async Task<int> Events([OrchestrationTrigger] TaskOrchestrationContext context, int x)
    {
        x = await AddAsync(context, 0, x);
        x += await context.WaitForExternalEvent<int>("first", TimeSpan.FromDays(1));
        x = await AddAsync(context, 1, x);
        return x + await context.WaitForExternalEvent<int>("second");
    }

    [Function(nameof(Generations))]
    public static Task<int> Generations([OrchestrationTrigger] TaskOrchestrationContext context, int x) =>
        context.CallSubOrchestratorAsync<int>(nameof(Grow), new Generation(x, 0));

    [Function(nameof(Grow))]
    public static async Task<int> Grow(
        [OrchestrationTrigger] TaskOrchestrationContext context, Generation generation)
    {
        var (number, count) = generation;
        number = await AddAsync(context, count, number);
        if (count + 1 < GenerationsMax)
            context.ContinueAsNew(new Generation(number, count + 1));
        return number;
    }

    [Function(nameof(Retries))]
    public static Task<int> Retries([OrchestrationTrigger] TaskOrchestrationContext context, int x) =>
        context.CallActivityAsync<int>(
            nameof(Flaky), new Call(context.InstanceId, 0, x),
            new TaskOptions(new TaskRetryOptions(new RetryPolicy(100, Moment))));

    [Function(nameof(Waits))]
    public static Task<int> Waits([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.WaitForExternalEvent<int>("go");

    [Function(nameof(Holds))]
    public static Task<int> Holds([OrchestrationTrigger] TaskOrchestrationContext context, int milliseconds) =>
        context.CallActivityAsync<int>(nameof(Hold), new Call(context.InstanceId, 0, milliseconds));

    [Function(nameof(SlowChain))]
    public static async Task SlowChain([OrchestrationTrigger] TaskOrchestrationContext context, int milliseconds)
    {
        for (var step = 0; step < 30; step++)
            await context.CallActivityAsync<int>(nameof(Hold), new Call(context.InstanceId, step, milliseconds));
    }

    [Function(nameof(Add))]
    public async Task<int> Add([ActivityTrigger] Call call)
    {
        await log.BeginAsync(call);
        return call.Number + 1;
    }

    /// <summary>Fails until enough runs of it were recorded.</summary>
    [Function(nameof(Flaky))]
    public async Task<int> Flaky([ActivityTrigger] Call call)
    {
        await log.BeginAsync(call);
        return await log.CountAsync(call) >= FlakyUntil
            ? call.Number + 1
            : throw new InvalidOperationException("Not yet.");
    }

    /// <summary>Minds no cancellation, as code that waits for something outside may not.</summary>
    [Function(nameof(Hold))]
    public async Task<int> Hold([ActivityTrigger] Call call)
    {
        await log.BeginAsync(call);
        await Task.Delay(TimeSpan.FromMilliseconds(call.Number));
        return call.Number;
    }

    private static Task<int> AddAsync(TaskOrchestrationContext context, int step, int x) =>
        context.CallActivityAsync<int>(nameof(Add), new Call(context.InstanceId, step, x));
}
