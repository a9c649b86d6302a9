using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class DurableClientTests
{
    private readonly BareDurableClient client = new("test");

    [Fact]
    public async Task Short_forms_end_in_the_full_ones()
    {
        await client.ScheduleNewOrchestrationInstanceAsync("Ingest", CancellationToken.None);
        await client.ScheduleNewOrchestrationInstanceAsync("Ingest", 5, CancellationToken.None);
        await client.ScheduleNewOrchestrationInstanceAsync("Ingest", new StartOrchestrationOptions("id"));
        await client.RaiseEventAsync("id", "Approved", CancellationToken.None);
        await client.SuspendInstanceAsync("id", CancellationToken.None);
        await client.GetInstanceAsync("id", CancellationToken.None);
        await client.GetInstanceAsync("id", getInputsAndOutputs: true);
        await client.PurgeInstancesAsync(
            null, null, [OrchestrationRuntimeStatus.Failed], new PurgeInstanceOptions(Recursive: true));

        Assert.Equal(
            [
                "schedule Ingest - -", "schedule Ingest 5 -", "schedule Ingest - id", "raise id Approved -",
                "suspend id -", "get id False", "get id True", "purge Failed True",
            ],
            client.Calls);
    }

    [Fact]
    public async Task What_an_engine_leaves_out_says_so()
    {
        Assert.Throws<NotSupportedException>(() => client.Entities);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.TerminateInstanceAsync("id"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.PurgeInstanceAsync("id"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.RestartAsync("id"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.RewindInstanceAsync("id", "again"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.ListInstanceIdsAsync());
    }
}
