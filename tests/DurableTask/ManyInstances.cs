using DurableTask.Core;

namespace Assay.DurableTaskTests;

/// <summary>Work for workers that something happens to.</summary>
internal static class ManyInstances
{
    public static async Task<List<OrchestrationInstance>> StartManyAsync(
        TaskHubClient client, string name, string input, int count) =>
        [.. await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            var instance = await client.CreateOrchestrationInstanceAsync(name, "", Guid.NewGuid().ToString("N"), input);
            return new OrchestrationInstance { InstanceId = instance.InstanceId };
        }))];

    /// <summary>Until workers have committed something.</summary>
    public static Task CommitsAsync(TestDatabase database, int count) => Eventually.TrueAsync(
        async () => await database.GetAsync<long>("select coalesce(max(commits), 0) from durable_task.worker") >= count,
        null, () => "The worker does not work.");

    public static async Task<OrchestrationState> EndAsync(TaskHubClient client, OrchestrationInstance instance) =>
        await client.WaitForOrchestrationAsync(instance, TestHub.Deadline)
            ?? throw new TimeoutException($"{instance.InstanceId} did not end.");

    public static async Task EndAllAsync(
        TaskHubClient client, List<OrchestrationInstance> instances, WorkerProcess? worker = null)
    {
        foreach (var instance in instances)
        {
            var state = await client.WaitForOrchestrationAsync(instance, TestHub.Deadline);
            Assert.True(
                state?.OrchestrationStatus == OrchestrationStatus.Completed,
                $"{state?.OrchestrationStatus} {state?.Output} {worker?.Output}");
        }
    }
}
