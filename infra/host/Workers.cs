using System.Net.Sockets;

namespace Assay.Hosting;

/// <summary>Keeps workers running: starts them, has them load the functions, and replaces one that ends.</summary>
internal sealed class Workers(
    HostSettings settings, FunctionRpcServer server, ILoggerFactory loggers, Func<WorkerStart, IWorkerProgram> start)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WellAfter = TimeSpan.FromMinutes(1);

    private readonly ILogger logger = loggers.CreateLogger("Host.Worker");
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<IReadOnlyList<FunctionDescription>> found =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private TaskCompletionSource available = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile (WorkerChannel Channel, IWorkerProgram Program)[] ready = [];
    private Task running = Task.CompletedTask;
    private uint turn;

    /// <summary>The app's functions, as its first worker tells them.</summary>
    /// <exception cref="HostConfigurationException">There is no app that starts.</exception>
    public Task<IReadOnlyList<FunctionDescription>> StartAsync(CancellationToken cancellation)
    {
        running = Task.WhenAll(Enumerable.Range(0, settings.WorkerCount)
            .Select(_ => Task.Run(KeepRunningAsync, CancellationToken.None)));
        return found.Task.WaitAsync(cancellation);
    }

    /// <summary>A worker that is ready, waiting for one if need be; they take turns.</summary>
    public async ValueTask<WorkerChannel> GetAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var waiting = available.Task;
            var workers = ready;
            if (workers.Length == 0)
            {
                try
                {
                    await waiting.WaitAsync(StartTimeout, cancellation);
                }
                catch (TimeoutException)
                {
                    throw new WorkerLostException("No worker has come up.");
                }

                continue;
            }

            var channel = workers[Interlocked.Increment(ref turn) % workers.Length].Channel;
            if (!channel.Ended.IsCompleted)
                return channel;
            // Whoever notices first takes it out.
            Remove(channel);
        }
    }

    /// <summary>Ends a worker that does not let go of a function; another takes its place.</summary>
    public void Replace(WorkerChannel channel) => ready.FirstOrDefault(one => one.Channel == channel).Program?.Kill();

    /// <summary>Lets the workers end by themselves, and ends them after the grace period.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await stopping.CancelAsync();
        foreach (var (channel, _) in ready)
            channel.Terminate(grace);
        await Task.WhenAny(running, Task.Delay(grace));
        foreach (var (channel, program) in ready)
        {
            channel.Close();
            program.Kill();
        }

        await running;
    }

    private async Task KeepRunningAsync()
    {
        for (var failures = 0; !stopping.IsCancellationRequested;)
        {
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                await RunOneAsync();
            }
            catch (Exception error)
            {
                if (stopping.IsCancellationRequested)
                    return;
                logger.LogError("The worker did not start: {Message}", error.Message);
                if (error is HostConfigurationException || failures >= 2)
                    found.TrySetException(error as HostConfigurationException
                        ?? new HostConfigurationException($"The worker did not start: {error.Message}"));
                if (found.Task.IsFaulted)
                    return;
            }

            // One that ran well for a while is replaced at once.
            failures = TimeProvider.System.GetElapsedTime(began) > WellAfter ? 0 : failures + 1;
            var delay = failures > 1 ? Math.Min(DelayMax.TotalSeconds, 0.25 * Math.Pow(2, failures)) : 0;
            await Task.Delay(TimeSpan.FromSeconds(delay), stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunOneAsync()
    {
        var id = Guid.NewGuid().ToString();
        var connected = server.Expect(id);
        using var program = start(new WorkerStart(settings, server.Address, id, loggers.CreateLogger("Worker")));
        try
        {
            if (await Task.WhenAny(connected, program.Ended, Task.Delay(StartTimeout, stopping.Token)) != connected)
                throw new InvalidOperationException(program.Ended.IsCompleted
                    ? $"it ended before it had connected ({await program.Ended})."
                    : $"it has not connected within {StartTimeout.TotalSeconds:0} s.");
            var channel = await connected;
            await PrepareAsync(channel);
            Add(channel, program);
            await Task.WhenAny(channel.Ended, program.Ended);
            Remove(channel);
            channel.Close();
            // A process whose stream broke gets a moment to end by itself.
            await Task.WhenAny(program.Ended, Task.Delay(TimeSpan.FromSeconds(2)));
            if (!stopping.IsCancellationRequested)
                logger.LogError("The worker has ended ({How}) and is started again.",
                    program.Ended.IsCompleted ? await program.Ended : "its stream broke");
        }
        finally
        {
            server.Forget(id);
        }
    }

    private async Task PrepareAsync(WorkerChannel channel)
    {
        await channel.InitializeAsync(settings.AppFolder, stopping.Token);
        var functions = FunctionDescription.From(
            await channel.GetFunctionsAsync(settings.AppFolder, stopping.Token), settings);
        await Task.WhenAll(functions.Where(one => one.Error is null).Select(
            async one => one.Error = await channel.LoadAsync(one, stopping.Token)));
        if (channel.HttpAddress is { } address)
            await ListensAsync(new Uri(address));
        found.TrySetResult(functions);
    }

    // The worker's web server opens its port beside the talk on the stream, at times after it.
    private async Task ListensAsync(Uri address)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        late.CancelAfter(StartTimeout);
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(address.Host, address.Port, late.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, late.Token);
            }
        }
    }

    private void Add(WorkerChannel channel, IWorkerProgram program)
    {
        lock (gate)
        {
            ready = [.. ready, (channel, program)];
            available.TrySetResult();
        }
    }

    private void Remove(WorkerChannel channel)
    {
        lock (gate)
        {
            ready = [.. ready.Where(one => one.Channel != channel)];
            if (ready.Length == 0 && available.Task.IsCompleted)
                available = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
