using System.Runtime.InteropServices;

namespace Assay.Bench;

internal static class Machine
{
    /// <summary>Taken when the benchmarks start, before they load the machine themselves.</summary>
    public static string Description { get; } = Describe();

    private static string Describe()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return $"{Environment.ProcessorCount} × {Processor()}, {memory} GiB, {RuntimeInformation.OSDescription}, " +
            $"{RuntimeInformation.FrameworkDescription}{Load()}";
    }

    /// <summary>What else the machine did: figures taken on a busy one are good for their ratios only.</summary>
    private static string Load()
    {
        const string file = "/proc/loadavg";
        return File.Exists(file) ? $", load {File.ReadAllText(file).Split(' ')[0]}" : "";
    }

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? $"{RuntimeInformation.ProcessArchitecture}";
    }
}
