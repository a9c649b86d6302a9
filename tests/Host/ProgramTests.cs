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

    private static async Task<(int Code, string Output)> RunAsync(
        IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Assay.Functions.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        // An empty setting hides one of a local.settings.json that may lie beside the tests.
        foreach (var name in new[] { "Assay__Database", "Assay__JobDatabase", "DurableDatabase" })
            start.Environment[name] = "";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }
}
