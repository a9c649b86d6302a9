using System.Diagnostics;
using System.Globalization;

namespace Assay.Bench;

internal static class Measure
{
    /// <summary>Runs of each contender, in turns, so that a slow moment of the machine hits all of them.</summary>
    public const int Rounds = 5;

    private const double WarmSeconds = 1;

    public static double Seconds(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    public static async Task<double> SecondsAsync(Func<Task> action)
    {
        var watch = Stopwatch.StartNew();
        await action();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>Medians of the seconds that each took, once it has worked long enough to be compiled.</summary>
    public static async Task<double[]> TakeTurnsAsync(params Func<Task<double>>[] contenders)
    {
        foreach (var contender in contenders)
        {
            for (var spent = 0.0; spent < WarmSeconds;)
                spent += await contender();
        }

        var times = contenders.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var contender = 0; contender < contenders.Length; contender++)
                times[contender].Add(await contenders[contender]());
        }

        return [.. times.Select(times => Percentile(times, 50))];
    }

    /// <summary>The smallest value that so many percent of the values do not exceed.</summary>
    public static double Percentile(IEnumerable<double> values, int percent)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * percent / 100.0) - 1)];
    }

    /// <summary>Three significant digits, or all of a large number's whole ones.</summary>
    public static string Show(double value) => value switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    public static string ShowRatio(double ratio) => $"{Show(ratio)}×";
}
