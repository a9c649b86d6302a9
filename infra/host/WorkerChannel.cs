using System.Collections.Concurrent;
using System.Threading.Channels;
using Assay.Hosting.Rpc;
using Grpc.Core;
using Microsoft.Azure.WebJobs.Host;
using Content = Assay.Hosting.Rpc.StreamingMessage.ContentOneofCase;

namespace Assay.Hosting;

/// <summary>One worker's open stream: its start, its functions, and the invocations under way in it.</summary>
internal sealed class WorkerChannel(ILoggerFactory loggers)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    // What the worker may rely on: the names are the real host's.
    private static readonly string[] Capabilities =
        ["EnableUserCodeException", "HandlesInvocationCancelMessage", "HandlesWorkerTerminateMessage"];

    private readonly Channel<StreamingMessage> outgoing =
        Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> invocations = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> answers = new();
    private readonly ConcurrentDictionary<string, ILogger> loggerOf = new();
    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the worker's web server listens; null without the ASP.NET Core integration.</summary>
    public string? HttpAddress { get; private set; }

    /// <summary>Completes when the stream has ended, for whatever reason.</summary>
    public Task Ended => ended.Task;

    /// <summary>Reads and writes until either side ends.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> answersTo,
        CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, ending.Token);
        var writing = WriteAsync(answersTo, both.Token);
        try
        {
            while (await incoming.MoveNext(both.Token))
                Receive(incoming.Current);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or Grpc.Core.RpcException
            or InvalidOperationException)
        {
            // The worker is gone, or shall be.
        }
        finally
        {
            outgoing.Writer.TryComplete();
            await ending.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.TrySetResult();
            foreach (var id in invocations.Keys)
                if (invocations.TryRemove(id, out var invocation))
                    invocation.TrySetException(new WorkerLostException());
            foreach (var answer in answers.Values)
                answer.TrySetException(new WorkerLostException());
        }
    }

    public async Task InitializeAsync(string appFolder, CancellationToken cancellation)
    {
        var request = new WorkerInitRequest
        {
            HostVersion = FunctionsHost.Version, WorkerDirectory = appFolder, FunctionAppDirectory = appFolder,
        };
        foreach (var capability in Capabilities)
            request.Capabilities[capability] = "true";
        var answer = (await AskAsync(
            new() { WorkerInitRequest = request }, nameof(Content.WorkerInitResponse), cancellation))
            .WorkerInitResponse;
        ThrowIfFailed(answer.Result, "The worker did not initialize");
        if (answer.Capabilities.TryGetValue("HttpUri", out var address))
            HttpAddress = address.Replace("//localhost", "//127.0.0.1", StringComparison.OrdinalIgnoreCase);
    }

    public async Task<IReadOnlyList<RpcFunctionMetadata>> GetFunctionsAsync(
        string appFolder, CancellationToken cancellation)
    {
        var request = new FunctionsMetadataRequest { FunctionAppDirectory = appFolder };
        var answer = (await AskAsync(
            new() { FunctionsMetadataRequest = request }, nameof(Content.FunctionMetadataResponse), cancellation))
            .FunctionMetadataResponse;
        ThrowIfFailed(answer.Result, "The worker did not tell its functions");
        return answer.UseDefaultMetadataIndexing
            ? throw new HostConfigurationException("The worker leaves the finding of functions to the host; "
                + "build the app with the source generators of Microsoft.Azure.Functions.Worker.Sdk 2.")
            : answer.FunctionMetadataResults;
    }

    /// <returns>Null, or why the worker could not load the function.</returns>
    public async Task<string?> LoadAsync(FunctionDescription function, CancellationToken cancellation)
    {
        var request = new FunctionLoadRequest { FunctionId = function.Id, Metadata = function.Metadata };
        var result = (await AskAsync(new() { FunctionLoadRequest = request }, function.Id, cancellation))
            .FunctionLoadResponse.Result;
        return result is { Status: StatusResult.Types.Status.Success }
            ? null : result?.Exception?.Message ?? "The worker could not load the function.";
    }

    /// <summary>Sends one invocation. Its answer may say that the function failed.</summary>
    /// <exception cref="WorkerLostException">The worker ended before it had answered.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellation)
    {
        TaskCompletionSource<InvocationResponse> invocation = new(TaskCreationOptions.RunContinuationsAsynchronously);
        invocations[request.InvocationId] = invocation;
        if (!outgoing.Writer.TryWrite(new() { InvocationRequest = request }))
        {
            invocations.TryRemove(request.InvocationId, out _);
            throw new WorkerLostException();
        }

        await using var registration = cancellation.UnsafeRegister(_ => outgoing.Writer.TryWrite(
            new() { InvocationCancel = new() { InvocationId = request.InvocationId } }), null);
        return await invocation.Task;
    }

    public void Terminate(TimeSpan grace) => outgoing.Writer.TryWrite(
        new() { WorkerTerminate = new() { GracePeriod = new() { Seconds = (long)grace.TotalSeconds } } });

    public void Close() => ending.Cancel();

    // A worker says which question it answers by the kind of its message, and by the function where there are many.
    private async Task<StreamingMessage> AskAsync(StreamingMessage question, string key, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        answers[key] = answer;
        question.RequestId = Guid.NewGuid().ToString();
        if (!outgoing.Writer.TryWrite(question) || ended.Task.IsCompleted)
            throw new WorkerLostException();
        try
        {
            return await answer.Task.WaitAsync(AnswerTimeout, cancellation);
        }
        finally
        {
            answers.TryRemove(key, out _);
        }
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> stream, CancellationToken cancellation)
    {
        var flushed = new WriteOptions();
        var more = new WriteOptions(WriteFlags.BufferHint);
        await foreach (var message in outgoing.Reader.ReadAllAsync(cancellation))
        {
            // What waits in line shares a flush.
            stream.WriteOptions = outgoing.Reader.TryPeek(out _) ? more : flushed;
            await stream.WriteAsync(message, cancellation);
        }
    }

    private void Receive(StreamingMessage message)
    {
        if (message.ContentCase == Content.RpcLog)
            Log(message.RpcLog);
        else if (message.ContentCase != Content.InvocationResponse)
            answers.GetValueOrDefault(message.FunctionLoadResponse?.FunctionId ?? $"{message.ContentCase}")
                ?.TrySetResult(message);
        else if (invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation))
            invocation.TrySetResult(message.InvocationResponse);
    }

    private void Log(RpcLog line)
    {
        var level = (LogLevel)line.Level;
        var logger = loggerOf.GetOrAdd(line.Category.Length > 0 ? line.Category : "Worker", loggers.CreateLogger);
        if (level is < LogLevel.Trace or >= LogLevel.None || !logger.IsEnabled(level))
            return;
        var error = line.Exception is { Message.Length: > 0 } exception
            ? $"\n{exception.Type} {exception.Message}\n{exception.StackTrace}" : "";
        logger.Log(level, "{Line}", $"{line.Message}{error}");
    }

    private static void ThrowIfFailed(StatusResult? result, string what)
    {
        if (result is { Status: not StatusResult.Types.Status.Success })
            throw new InvalidOperationException($"{what}: {result.Exception?.Message ?? result.Result}");
    }
}

/// <summary>
/// A worker ended with work under way. Of this kind are failures that Durable takes for the platform's and not the
/// function's: it runs the activity or orchestrator again.
/// </summary>
internal sealed class WorkerLostException(string message = "The worker process ended before the function had.")
    : FunctionTimeoutAbortException(message);
