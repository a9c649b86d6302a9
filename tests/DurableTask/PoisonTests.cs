using DurableTask.Core;
using static Assay.DurableTaskTests.ManyInstances;

namespace Assay.DurableTaskTests;

public sealed class PoisonTests
{
    [Theory]
    [InlineData("CallsDie")]
    [InlineData("Dies")]
    public async Task What_ends_its_process_again_and_again_fails_and_spares_others(string poison)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        var client = new TaskHubClient(service);
        var others = await StartManyAsync(client, "SlowSteps", "3x20", 5);
        var instance = await client.CreateOrchestrationInstanceAsync(poison, "", "poison", "");
        var ended = client.WaitForOrchestrationAsync(instance, TimeSpan.FromSeconds(60));

        for (var starts = 0; !ended.IsCompleted && starts < 12; starts++)
        {
            await using var worker = WorkerProcess.Start(database.ConnectionString, "lease=00:00:02", "deaths=3");
            await Task.WhenAny(ended, worker.ExitAsync());
            if (ended.IsCompleted)
                await EndAllAsync(client, others, worker);
        }

        var state = await ended;
        Assert.Equal(OrchestrationStatus.Failed, state?.OrchestrationStatus);
        Assert.Contains("3 processes in a row", state!.FailureDetails! + state.Output, StringComparison.Ordinal);
        Assert.Equal("", await database.ProblemsAsync());
    }
}
