using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class DurableClientTests
{
    private readonly BareDurableClient _client = new("test");

    [Fact]
    public async Task Short_forms_end_in_the_full_ones()
    {
        await _client.ScheduleNewOrchestrationInstanceAsync("Ingest", CancellationToken.None);
        await _client.ScheduleNewOrchestrationInstanceAsync("Ingest", 5, CancellationToken.None);
        await _client.ScheduleNewOrchestrationInstanceAsync("Ingest", new StartOrchestrationOptions("id"));
        await _client.RaiseEventAsync("id", "Approved", CancellationToken.None);
        await _client.SuspendInstanceAsync("id", CancellationToken.None);
        await _client.GetInstanceAsync("id", CancellationToken.None);
        await _client.GetInstanceAsync("id", getInputsAndOutputs: true);
        await _client.PurgeInstancesAsync(
            null, null, [OrchestrationRuntimeStatus.Failed], new PurgeInstanceOptions(Recursive: true));

        Assert.Equal(
            [
                "schedule Ingest - -", "schedule Ingest 5 -", "schedule Ingest - id", "raise id Approved -",
                "suspend id -", "get id False", "get id True", "purge Failed True",
            ],
            _client.Calls);
    }

    [Fact]
    public async Task What_an_engine_leaves_out_says_so()
    {
        Assert.Throws<NotSupportedException>(() => _client.Entities);
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.TerminateInstanceAsync("id"));
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.PurgeInstanceAsync("id"));
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.RestartAsync("id"));
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.RewindInstanceAsync("id", "again"));
        await Assert.ThrowsAsync<NotSupportedException>(() => _client.ListInstanceIdsAsync());
    }
}
