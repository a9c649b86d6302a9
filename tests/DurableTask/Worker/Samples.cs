using System.Globalization;
using DurableTask.Core;

namespace Assay.DurableTaskTests;

/// <summary>Orchestrations that tests and the benchmark run, here or in other processes.</summary>
internal static class Samples
{
    public static Functions All() => new Functions()
        .Activity("Echo", input => input)
        .Activity("Increment", input => Number(input, 1))
        .Activity("Slow", async (_, input) =>
        {
            await Task.Delay(int.Parse(input, CultureInfo.InvariantCulture));
            return input;
        })
        .Activity("Die", _ =>
        {
            Environment.FailFast("This activity ends its process.");
            return "";
        })
        .Orchestrator("Sequence", async flow =>
        {
            var value = "0";
            for (var i = int.Parse(flow.Input, CultureInfo.InvariantCulture); i > 0; i--)
                value = await flow.CallAsync("Increment", value);
            return value;
        })
        .Orchestrator("FanOut", async flow =>
        {
            var count = int.Parse(flow.Input, CultureInfo.InvariantCulture);
            var results = await Task.WhenAll(Enumerable.Range(0, count).Select(
                i => flow.CallAsync("Echo", i.ToString(CultureInfo.InvariantCulture))));
            return results.Sum(long.Parse).ToString(CultureInfo.InvariantCulture);
        })
        .Orchestrator("SlowSteps", async flow =>
        {
            var parts = flow.Input.Split('x');
            for (var i = int.Parse(parts[0], CultureInfo.InvariantCulture); i > 0; i--)
                await flow.CallAsync("Slow", parts[1]);
            return "done";
        })
        .Orchestrator("Mixed", MixedAsync)
        .Orchestrator("Child", async flow => await flow.CallAsync("Increment", flow.Input))
        .Orchestrator("CallsDie", async flow => await flow.CallAsync("Die", ""))
        .Orchestrator("Dies", flow =>
        {
            Environment.FailFast("This orchestrator ends its process.");
            return Task.FromResult(flow.Input);
        });

    /// <summary>Activities, children, a timer and a generation.</summary>
    static async Task<string> MixedAsync(Flow flow)
    {
        var value = flow.Input;
        for (var i = 0; i < 3; i++)
            value = await flow.CallAsync("Increment", value);
        var id = flow.Context.OrchestrationInstance.InstanceId;
        var both = await Task.WhenAll(
            flow.ChildAsync("Child", $"{id}-{value}-a", value), flow.CallAsync("Increment", value));
        value = both.Distinct().Single();
        await flow.Context.CreateTimer(flow.Context.CurrentUtcDateTime.AddMilliseconds(20), value);
        if (int.Parse(value, CultureInfo.InvariantCulture) < 8)
            flow.Context.ContinueAsNew(value);
        return value;
    }

    static string Number(string input, int more) =>
        (long.Parse(input, CultureInfo.InvariantCulture) + more).ToString(CultureInfo.InvariantCulture);
}
