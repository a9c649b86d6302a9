using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay;

/// <summary>
/// An orchestration that awaits anything but its context's tasks fails under the local host, and never goes on under
/// the real one. Analyzers do not see it.
/// </summary>
public sealed class OrchestratorTests
{
    [Fact]
    public void Orchestrators_await_their_contexts_tasks_alone()
    {
        var orchestrators = OrchestratorCode.Of(typeof(LabelApproval).Assembly.GetTypes());

        Assert.Contains(nameof(LabelApproval.WaitForLabelDecision), orchestrators.Select(method => method.Name));
        Assert.True(orchestrators.Count >= RunSweep.Orchestrations.Count);
        Assert.Empty(OrchestratorCode.FaultsOf(orchestrators));
    }

    [Fact]
    public void Whatever_else_is_awaited_is_found_wherever_it_stands() => Assert.Equal(
        [
            "Cancels: CancellationTokenSource.CancelAsync", "Configures: Task.ConfigureAwait",
            "Disposes: IAsyncDisposable.DisposeAsync", "HandsOn: Task.Delay", "InALambda: Task.Run",
            "InALocalFunction: Task.Yield", "Reads: File.ReadAllTextAsync",
            "WaitsForASource: TaskCompletionSource.get_Task",
        ],
        OrchestratorCode.FaultsOf(OrchestratorCode.Of([typeof(Samples)])));

    private static class Samples
    {
        public static async Task Cancels([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            using var early = new CancellationTokenSource();
            await Task.WhenAny(
                context.WaitForExternalEvent<bool>("a"), context.CreateTimer(TimeSpan.FromSeconds(1), early.Token));
            await early.CancelAsync();
        }

        public static async Task Configures([OrchestrationTrigger] TaskOrchestrationContext context) =>
            await context.CallActivityAsync("a").ConfigureAwait(false);

        public static async Task Disposes([OrchestrationTrigger] TaskOrchestrationContext context, IAsyncDisposable one)
        {
            await using (one)
                await context.CallActivityAsync("a");
        }

        public static async Task HandsOn([OrchestrationTrigger] TaskOrchestrationContext context) =>
            await DelayAsync(context, 1);

        public static async Task InALambda([OrchestrationTrigger] TaskOrchestrationContext context) =>
            await Task.WhenAll(new[] { 1, 2 }.Select(n => Task.Run(() => context.IsReplaying && n > 1)));

        public static async Task InALocalFunction([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            await YieldAsync();
            await context.CallActivityAsync("a");

            static async Task YieldAsync() => await Task.Yield();
        }

        public static Task Reads([OrchestrationTrigger] TaskOrchestrationContext context) =>
            File.ReadAllTextAsync(context.InstanceId);

        public static async Task WaitsForASource([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var source = new TaskCompletionSource();
            await Task.WhenAny(source.Task, context.CallActivityAsync("a"));
        }

        public static async Task<int> IsRight([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            var calls = new List<Task<int>>();
            for (var n = 0; n < 2; n++)
                calls.Add(CallAsync(context, n));
            var first = await await Task.WhenAny(calls);
            await Task.WhenAll(new[] { 1, 2 }.Select(n => context.CallActivityAsync<int>("a", n)));
            await calls[0];
            return first;
        }

        private static async Task<int> CallAsync(TaskOrchestrationContext context, int n) =>
            await context.CallActivityAsync<int>("a", n);

        private static async Task DelayAsync(TaskOrchestrationContext context, int seconds)
        {
            await context.CallActivityAsync("a");
            await Task.Delay(seconds);
        }
    }
}
