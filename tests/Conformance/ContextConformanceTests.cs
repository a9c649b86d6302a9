using System.Net.Http.Json;
using Assay.Conformance;

namespace Assay;

/// <summary>What orchestrators see of themselves, also when their code runs again.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class ContextConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;

    [Fact]
    public async Task An_orchestrator_knows_its_name_and_its_id()
    {
        var id = $"facts-{Guid.NewGuid():n}";
        var facts = ConformanceClient.Output<ContextFacts>(await client.RunAsync(
            nameof(Contexts.Describes), request: new(Id: id)));

        Assert.Equal((nameof(Contexts.Describes), id, null), (facts.Name, facts.InstanceId, facts.Version));
    }

    [Fact]
    public async Task Ids_and_times_are_the_same_when_the_code_runs_again_and_no_two_ids_are_equal()
    {
        var facts = await client.OutputAsync<ReplayFacts>(nameof(Contexts.Repeats));

        Assert.Equal(new(SameIds: true, SameTimes: true, DifferentIds: 6, IsReplaying: false), facts);
    }

    [Fact]
    public async Task A_replay_safe_logger_writes_each_line_once()
    {
        var ended = await client.RunAsync(nameof(Contexts.Logs));

        await Eventually.TrueAsync(
            async () => await LinesAsync($"{ended.Id} is at a step") == 3, ConformanceHost.Patience,
            () => "The lines were not written, or more often than once.");
    }

    [Fact]
    public async Task The_custom_status_is_seen_while_the_orchestration_runs_and_after()
    {
        var id = await client.StartAsync(nameof(Events.Waits));
        await client.ReachesAsync(id, "Running", "waiting");

        await client.RaiseAsync(id, "go", "");

        Assert.Equal("\"waiting\"", (await client.EndAsync(id)).CustomStatus);
    }

    [Theory]
    [InlineData(true, "still here")]
    [InlineData(false, "dropped")]
    public async Task Continuing_as_new_takes_events_that_nobody_took_along_if_asked(bool keep, string outcome)
    {
        var id = await client.StartAsync(nameof(Generations.Succeeds), new Succession(keep));
        await client.WaitForStartAsync(id);
        await client.RaiseAsync(id, "kept", "still here");
        await client.RaiseAsync(id, "next", "");

        var ended = await client.EndAsync(id);

        Assert.Equal(outcome, ConformanceClient.Output<string>(ended));
        Assert.Equal(id, ended.Id);
    }

    private Task<int> LinesAsync(string line) =>
        host.Http.GetFromJsonAsync<int>($"/api/lines?line={Uri.EscapeDataString(line)}");
}
