using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Assay.Hosting;

namespace Assay.Bench;

/// <summary>An app as its users run it: a host and a worker in processes of their own, on a free port.</summary>
internal sealed class App : IAsyncDisposable
{
    private const int LinesMax = 50;

    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RoundMax = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    private readonly Process process;

    private readonly Queue<string> output = [];

    private App(Process process, HttpClient client)
    {
        this.process = process;
        Client = client;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    /// <summary>From the start of the process to its first answer over HTTP.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>Memory of host and worker in MB, as the operating system counts it.</summary>
    public double Megabytes => Processes().Sum(one => one.WorkingSet64) / 1e6;

    /// <summary>The most that both have had.</summary>
    public double PeakMegabytes => Processes().Sum(one => one.PeakWorkingSet64) / 1e6;

    /// <summary>Time that both have had of all cores together.</summary>
    public TimeSpan ProcessorTime => Processes().Aggregate(TimeSpan.Zero, (sum, one) => sum + one.TotalProcessorTime);

    /// <param name="program">The app's assembly, Assay's when null.</param>
    public static async Task<App> StartAsync(
        IReadOnlyDictionary<string, string> settings, Assembly? program = null)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var client = new HttpClient { BaseAddress = address, Timeout = RoundMax };
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(FunctionsHost).Assembly.Location, "--app", FolderOf(program ?? typeof(HealthFunctions).Assembly),
                "--urls", $"{address}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;

        var watch = Stopwatch.StartNew();
        var app = new App(Process.Start(start)!, client);
        try
        {
            await app.FirstAnswerAsync(watch);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL for the host; its worker ends with it.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private static string FolderOf(Assembly app) => app.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(one => one.Key == "FunctionAppFolder").Value!;

    // The worker is the host's child.
    private IEnumerable<Process> Processes()
    {
        process.Refresh();
        yield return process;
        var children = File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children");
        foreach (var id in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            yield return Process.GetProcessById(int.Parse(id));
    }

    private async Task FirstAnswerAsync(Stopwatch watch)
    {
        while (!await AnswersAsync(Client))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The app ended:\n{LastOutput()}");
            if (watch.Elapsed > StartMax)
                throw new TimeoutException($"The app did not answer in {StartMax.TotalSeconds} s:\n{LastOutput()}");
            await Task.Delay(PollInterval);
        }

        StartTime = watch.Elapsed;
    }

    private void Keep(string? line)
    {
        lock (output)
        {
            if (line is not null)
                output.Enqueue(line);
            if (output.Count > LinesMax)
                output.Dequeue();
        }
    }

    private string LastOutput()
    {
        lock (output)
            return string.Join('\n', output);
    }

    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/api/health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
