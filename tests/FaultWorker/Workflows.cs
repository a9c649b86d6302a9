using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace Assay;

/// <summary>
/// Orchestrations of every kind, whose results are known beforehand. Each takes a number; <see cref="Mixed"/> says what
/// it makes of it.
/// </summary>
internal static class Workflows
{
    public const string Waits = "Waits";
    public const string Holds = "Holds";
    public const string SlowChain = "SlowChain";
    public const string KillsInActivity = "KillsInActivity";
    public const string KillsInCode = "KillsInCode";
    public const string Chain = "Chain";

    private const string Add = "Add";
    private const string Flaky = "Flaky";
    private const string Hold = "Hold";
    private const string Kill = "Kill";
    private const int Generations = 4;
    private const int FlakyUntil = 4;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    private static readonly Dictionary<string, (Func<TaskOrchestrationContext, Task<int>> Run, Func<int, int> Result)>
        mixed = new()
        {
            [Chain] = (ChainAsync, x => x + 5),
            ["Fan"] = (FanAsync, x => 8 * x + 36),
            ["Family"] = (FamilyAsync, x => 9 * x + 41),
            ["Timers"] = (TimersAsync, x => x + 2),
            ["Events"] = (EventsAsync, x => x + 2 + 30),
            ["Generations"] = (GenerationsAsync, x => x + Generations),
            ["Retries"] = (RetriesAsync, x => x + 1),
        };

    /// <summary>Name, and what becomes of the input.</summary>
    public static IReadOnlyDictionary<string, Func<int, int>> Mixed { get; } =
        mixed.ToDictionary(workflow => workflow.Key, workflow => workflow.Value.Result);

    public static void AddTo(DurableFunctions functions, RunLog log)
    {
        foreach (var (name, workflow) in mixed)
            functions.AddOrchestrator(name, async context => await workflow.Run(context));
        functions.AddOrchestrator(Waits, async context => await context.WaitForExternalEvent<int>("go"));
        functions.AddOrchestrator(Holds, async context => await context.CallActivityAsync<int>(Hold, Input(context)));
        functions.AddOrchestrator(SlowChain, async context =>
        {
            for (var step = 0; step < 30; step++)
                await context.CallActivityAsync<int>(Hold, Input(context));
            return null;
        });
        functions.AddOrchestrator(KillsInActivity, async context => await context.CallActivityAsync<int>(Kill));
        functions.AddOrchestrator(KillsInCode, _ => throw EndProcess());

        Activity(Add, (_, x) => x + 1);
        Activity(Flaky, (call, x) => call.Step >= FlakyUntil ? x + 1 : throw new InvalidOperationException("Not yet."));
        Activity(Kill, (_, _) => throw EndProcess());
        // Minds no cancellation, as code that waits for something outside may not.
        functions.AddActivity(Hold, async (call, cancellation) =>
        {
            await log.BeginAsync(call, cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(int.Parse(call.Input!)), CancellationToken.None);
            return call.Input;
        });

        void Activity(string name, Func<ActivityCall, int, int> run) =>
            functions.AddActivity(name, async (call, cancellation) =>
            {
                await log.BeginAsync(call, cancellation);
                var json = JsonDataConverter.Default;
                return json.Serialize(run(call, json.Deserialize<int>(call.Input)));
            });
    }

    private static async Task<int> ChainAsync(TaskOrchestrationContext context)
    {
        var x = Input(context);
        for (var step = 0; step < 5; step++)
            x = await context.CallActivityAsync<int>(Add, x);
        return x;
    }

    private static async Task<int> FanAsync(TaskOrchestrationContext context) => (await Task.WhenAll(
        Enumerable.Range(0, 8).Select(i => context.CallActivityAsync<int>(Add, Input(context) + i)))).Sum();

    private static async Task<int> FamilyAsync(TaskOrchestrationContext context) => (await Task.WhenAll(
        context.CallSubOrchestratorAsync<int>(Chain, Input(context)),
        context.CallSubOrchestratorAsync<int>("Fan", Input(context)))).Sum();

    private static async Task<int> TimersAsync(TaskOrchestrationContext context)
    {
        var x = Input(context);
        for (var step = 0; step < 2; step++)
        {
            await context.CreateTimer(Moment, CancellationToken.None);
            x = await context.CallActivityAsync<int>(Add, x);
        }
        return x;
    }

    /// <summary>Takes events "first" and "second", of 10 and 20; the first makes a timer void.</summary>
    private static async Task<int> EventsAsync(TaskOrchestrationContext context)
    {
        var x = await context.CallActivityAsync<int>(Add, Input(context));
        x += await context.WaitForExternalEvent<int>("first", TimeSpan.FromDays(1));
        x = await context.CallActivityAsync<int>(Add, x);
        return x + await context.WaitForExternalEvent<int>("second");
    }

    /// <summary>The hundreds of millions of the input count generations.</summary>
    private static async Task<int> GenerationsAsync(TaskOrchestrationContext context)
    {
        const int generation = 100_000_000;
        var x = await context.CallActivityAsync<int>(Add, Input(context));
        if (x / generation == Generations - 1)
            return x % generation;
        context.ContinueAsNew(x + generation);
        return 0;
    }

    private static Task<int> RetriesAsync(TaskOrchestrationContext context) => context.CallActivityAsync<int>(
        Flaky, Input(context), new TaskOptions(new TaskRetryOptions(new RetryPolicy(5, Moment))));

    private static int Input(TaskOrchestrationContext context) => context.GetInput<int>();

    private static InvalidOperationException EndProcess()
    {
        Environment.FailFast("This is what the test asked for.");
        return new();
    }
}
