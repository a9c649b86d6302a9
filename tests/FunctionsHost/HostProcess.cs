using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Assay.HostSample;

namespace Assay.Hosting;

/// <summary>The host as people run it, with the sample app: processes, signals, and lines on standard output.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();

    private HostProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; private set; } = new();

    public string Output => string.Join('\n', lines);

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    public static async Task<HostProcess> StartAsync(
        Dictionary<string, string?>? settings = null, string url = "http://127.0.0.1:0", string? folder = null,
        string until = "Job host started")
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(FunctionsHost).Assembly.Location, "--app", folder ?? SampleFolder, "--urls", url },
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in settings ?? Storage.NewSettings())
            start.Environment[name] = value;
        var host = new HostProcess(start);
        try
        {
            await host.PrintsAsync(until);
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        const string told = "Now listening on: ";
        if (host.lines.FirstOrDefault(line => line.Contains(told, StringComparison.Ordinal)) is { } address)
            host.Client = new HttpClient
            {
                BaseAddress = new Uri(address.Split(told)[1].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)),
            };
        return host;
    }

    public static string SampleFolder { get; } = typeof(HttpSamples).Assembly
        .GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
        .Cast<System.Reflection.AssemblyMetadataAttribute>().Single(one => one.Key == "FunctionAppFolder").Value!;

    public Task PrintsAsync(string text) => Eventually.HoldsAsync(
        () => Output.Contains(text, StringComparison.Ordinal) || process.HasExited,
        $"prints '{text}'; it printed:\n{Output}", 60);

    public async Task<int> WorkerIdAsync() =>
        (int)JsonNode.Parse(await Client.GetStringAsync("/api/request"))!["process"]!;

    public async Task<int> CountAsync(string what) => int.Parse(
        await Client.GetStringAsync($"/api/count/{Uri.EscapeDataString(what)}"), CultureInfo.InvariantCulture);

    public Task CountsAsync(string what, int count) => Eventually.HoldsAsync(
        async () => await CountAsync(what) == count, $"'{what}' counted {count}");

    public void Terminate() => Process.Start("kill", ["-TERM", $"{process.Id}"]).WaitForExit();

    public void Kill() => process.Kill();

    public Task ExitsAsync() => process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }
}
