using Assay.Bench;

IBenchmark[] benchmarks =
[
    new TokenizerBenchmark(),
    new ChunkerBenchmark(),
    new StartBenchmark(),
    new DocumentBenchmark(),
    new ScaleBenchmark(),
    new SearchBenchmark(),
    new ExchangeBenchmark(),
    new FairnessBenchmark(),
    new LimitsBenchmark(),
    new HttpBenchmark(),
    new ThroughputBenchmark(),
    new FanOutBenchmark(),
    new LatencyBenchmark(),
    new ProcessesBenchmark(),
    new FinishedBenchmark(),
    new IdleBenchmark(),
];

var asked = args is [var name]
    ? benchmarks.Where(benchmark => $"{benchmark.Name}-".StartsWith($"{name}-", StringComparison.Ordinal)).ToArray()
    : benchmarks;
if (args.Length > 1 || asked.Length == 0)
{
    Console.Error.WriteLine(
        $"Name one section or none: {string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}");
    return 2;
}

Console.WriteLine(Machine.Description);
try
{
    foreach (var benchmark in asked)
    {
        Console.WriteLine($"… {benchmark.Name}");
        var tables = await benchmark.RunAsync();
        foreach (var table in tables)
            Console.WriteLine(table.ToText());

        await Results.WriteAsync(benchmark, tables, args);
    }
}
catch (Exception exception) when (exception is InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine($"✗ {exception.Message}");
    return 1;
}

Console.WriteLine($"Written to {Path.GetRelativePath(Environment.CurrentDirectory, Results.File)}");
return 0;
