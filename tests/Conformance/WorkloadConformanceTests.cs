using Assay.Conformance;

namespace Assay;

/// <summary>Orchestrations that do ordinary things, each with a result that can be told beforehand.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class WorkloadConformanceTests(ConformanceHost host)
{
    private readonly ConformanceClient client = host.Client;

    [Theory]
    [InlineData(nameof(Calls.Chain), 5, 5)]
    [InlineData(nameof(Calls.FanOut), 10, 55)]
    [InlineData(nameof(Children.Tree), 3, 8)]
    [InlineData(nameof(Timers.Ticks), 3, 3)]
    [InlineData(nameof(Events.Conversation), 3, 12)]
    [InlineData(nameof(Retrying.Persists), 3, 3)]
    public async Task Ordinary_orchestrations_come_to_their_result(string name, int input, int output) =>
        Assert.Equal(output, await client.OutputAsync<int>(name, input));

    [Fact]
    public async Task An_orchestration_that_continues_as_new_comes_to_its_result() =>
        Assert.Equal(15, await client.OutputAsync<int>(nameof(Generations.CountDown), new Countdown(5)));
}
