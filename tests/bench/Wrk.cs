using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Assay.Bench;

/// <summary>Load from a process of its own, by the program wrk.</summary>
internal static partial class Wrk
{
    /// <summary>Requests a second over eight connections.</summary>
    /// <exception cref="InvalidOperationException">wrk is not installed, or some answer was none of 200.</exception>
    public static async Task<double> RateAsync(Uri address, int seconds, string? authorization = null)
    {
        var start = new ProcessStartInfo("wrk")
        {
            ArgumentList = { "-t1", "-c8", $"-d{seconds}s", $"{address}" },
            RedirectStandardOutput = true,
        };
        if (authorization is not null)
        {
            start.ArgumentList.Add("-H");
            start.ArgumentList.Add($"Authorization: {authorization}");
        }
        using var process = Start(start);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (output.Contains("Non-2xx", StringComparison.Ordinal) || !Rate().IsMatch(output))
            throw new InvalidOperationException($"wrk was not answered as it should be:\n{output}");
        return double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new InvalidOperationException("This needs the program wrk: apt-get install wrk");
        }
    }

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();
}
