using System.Diagnostics;
using System.Globalization;
using Assay.DurableTask.PostgreSql;
using DurableTask.Core;

namespace Assay.DurableTaskTests;

/// <summary>How fast the provider is, in one process with Core's own worker.</summary>
internal static class Bench
{
    public static async Task<int> RunAsync(string[] args)
    {
        var sessions = args.Contains("sessions");
        await using var service = new PostgreSqlOrchestrationService(
            new(args[0])
            {
                TaskHubName = $"bench{Guid.NewGuid():N}", ExtendedSessions = sessions, LoggerFactory = new ErrorLog(),
            });
        using var worker = new TaskHubWorker(service) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        Samples.All().AddTo(worker);
        var client = new TaskHubClient(service);
        await worker.StartAsync();
        await RunManyAsync(client, 200, 50);
        Console.WriteLine($"steps/s, 1,000 of 5, 50 at a time: {await RunManyAsync(client, 1_000, 50):n0}");
        Console.WriteLine($"steps/s, 1,000 of 5, 200 at a time: {await RunManyAsync(client, 1_000, 200):n0}");
        Console.WriteLine($"one activity, p50: {await MedianAsync(client):n1} ms");
        foreach (var count in new[] { 500, 2_000 })
            Console.WriteLine($"{count:n0} in sequence: {await TimeAsync(client, "Sequence", count):n2} s");
        foreach (var count in new[] { 1_000, 10_000 })
            Console.WriteLine($"{count:n0} at once: {await TimeAsync(client, "FanOut", count):n2} s");
        await worker.StopAsync(isForced: true);
        return 0;
    }

    static async Task<double> RunManyAsync(TaskHubClient client, int count, int atOnce)
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce },
            async (_, _) => await RunAsync(client, "Sequence", 5));
        return count * 5 / clock.Elapsed.TotalSeconds;
    }

    static async Task<double> MedianAsync(TaskHubClient client)
    {
        List<double> times = [];
        for (var i = 0; i < 101; i++)
        {
            var clock = Stopwatch.StartNew();
            await RunAsync(client, "Sequence", 1);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        return times[50];
    }

    static async Task<double> TimeAsync(TaskHubClient client, string name, int input)
    {
        var clock = Stopwatch.StartNew();
        await RunAsync(client, name, input);
        return clock.Elapsed.TotalSeconds;
    }

    static async Task RunAsync(TaskHubClient client, string name, int input)
    {
        var instance = await client.CreateOrchestrationInstanceAsync(
            name, "", input.ToString(CultureInfo.InvariantCulture));
        var state = await client.WaitForOrchestrationAsync(instance, TimeSpan.FromMinutes(5));
        if (state?.OrchestrationStatus != OrchestrationStatus.Completed)
            throw new InvalidOperationException($"{name} is {state?.OrchestrationStatus}: {state?.Output}");
    }
}
