using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Assay.Bench;

/// <summary>The app as its users run it: a process of its own, release build, on a free port.</summary>
internal sealed class App : IAsyncDisposable
{
    private const int LinesMax = 50;

    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
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

    /// <summary>Memory of the process in MB, as the operating system counts it.</summary>
    public double Megabytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1e6;
        }
    }

    /// <summary>The most of it that the process has had.</summary>
    public double PeakMegabytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64 / 1e6;
        }
    }

    /// <summary>Time that the process has had of all cores together.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static async Task<App> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var client = new HttpClient { BaseAddress = address };
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Assay.Functions.dll"), "--urls", $"{address}" },
            WorkingDirectory = AppContext.BaseDirectory,
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

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
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
