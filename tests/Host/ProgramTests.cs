using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>The app as a process of its own.</summary>
public sealed class ProgramTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_port_that_is_taken_ends_the_program_with_advice()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var (code, output) = await RunAsync(database.Settings, "--port", $"{port}");

        Assert.Equal(1, code);
        Assert.Contains("specify another port using --port", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_are_missing_end_the_program_with_their_names()
    {
        var (code, output) = await RunAsync(new Dictionary<string, string?>(), "--port", "0");

        Assert.Equal(1, code);
        Assert.Contains("The app's settings are not valid:", output, StringComparison.Ordinal);
        Assert.Contains("Assay__Database", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_termination_signal_ends_the_program_in_order()
    {
        using var process = Start(database.Settings, "--port", "0");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.EndsWith("Job host started", StringComparison.Ordinal))
                break;
        }

        var stopping = Stopwatch.StartNew();
        // The shell's own kill: a small system has no program of that name.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);

        Assert.Equal(0, process.ExitCode);
        Assert.Contains("Job host stopped", output, StringComparison.Ordinal);
        Assert.InRange(stopping.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    private static async Task<(int Code, string Output)> RunAsync(
        IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        using var process = Start(settings, arguments);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    private static Process Start(IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Assay.Functions.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        // An empty setting hides one of a local.settings.json that may lie beside the tests.
        foreach (var name in new[] { "Assay__Database", "Assay__JobDatabase", "Assay__ScopeKey", "DurableDatabase" })
            start.Environment[name] = "";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
