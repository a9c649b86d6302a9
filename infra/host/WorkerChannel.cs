using System.Collections.Concurrent;
using System.Threading.Channels;
using Assay.Hosting.Rpc;
using Grpc.Core;

namespace Assay.Hosting;

/// <summary>One worker's open stream: its start, its functions, and the invocations under way in it.</summary>
internal sealed class WorkerChannel(ILoggerFactory loggers)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    private readonly Channel<StreamingMessage> outgoing =
        Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> invocations = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> answers = new();
    private readonly ConcurrentDictionary<string, ILogger> loggerOf = new();
    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the worker's own web server listens; null for an app without the ASP.NET Core integration.</summary>
    public Uri? HttpAddress { get; private set; }

    /// <summary>Completes when the stream has ended, for whatever reason.</summary>
    public Task Ended => ended.Task;

    public int InvocationCount => invocations.Count;

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
        catch (Exception error) when (error is OperationCanceledException or IOException or Grpc.Core.RpcException or InvalidOperationException)
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
            HostVersion = "4.1037.0.0", WorkerDirectory = appFolder, FunctionAppDirectory = appFolder,
        };
        // What the worker may rely on: the names are the real host's.
        foreach (var capability in (string[])["EnableUserCodeException", "HandlesInvocationCancelMessage", "HandlesWorkerTerminateMessage"])
            request.Capabilities[capability] = "true";
        var answer = (await AskAsync(new StreamingMessage { WorkerInitRequest = request }, "init", cancellation)).WorkerInitResponse;
        ThrowIfFailed(answer.Result, "The worker did not initialize");
        if (answer.Capabilities.TryGetValue("HttpUri", out var address))
            HttpAddress = new Uri(address.Replace("//localhost", "//127.0.0.1", StringComparison.OrdinalIgnoreCase));
    }

    public async Task<IReadOnlyList<RpcFunctionMetadata>> GetFunctionsAsync(string appFolder, CancellationToken cancellation)
    {
        var answer = (await AskAsync(
            new StreamingMessage { FunctionsMetadataRequest = new() { FunctionAppDirectory = appFolder } },
            "metadata", cancellation)).FunctionMetadataResponse;
        ThrowIfFailed(answer.Result, "The worker did not tell its functions");
        if (answer.UseDefaultMetadataIndexing)
            throw new HostConfigurationException("The worker leaves the finding of functions to the host; "
                + "build the app with the source generators of Microsoft.Azure.Functions.Worker.Sdk 2.");
        return answer.FunctionMetadataResults;
    }

    /// <returns>Null, or why the worker could not load the function.</returns>
    public async Task<string?> LoadAsync(FunctionDescription function, CancellationToken cancellation)
    {
        var request = new FunctionLoadRequest { FunctionId = function.Id, Metadata = function.Metadata };
        var answer = await AskAsync(
            new StreamingMessage { FunctionLoadRequest = request }, $"load {function.Id}", cancellation);
        return answer.FunctionLoadResponse.Result is { Status: StatusResult.Types.Status.Success }
            ? null : answer.FunctionLoadResponse.Result?.Exception?.Message ?? "The worker could not load the function.";
    }

    /// <summary>Sends one invocation. Its answer may say that the function failed.</summary>
    /// <exception cref="WorkerLostException">The worker ended before it had answered.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellation)
    {
        var invocation = new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        invocations[request.InvocationId] = invocation;
        if (!outgoing.Writer.TryWrite(new StreamingMessage { InvocationRequest = request }))
        {
            invocations.TryRemove(request.InvocationId, out _);
            throw new WorkerLostException();
        }

        await using var registration = cancellation.UnsafeRegister(_ => Cancel(request.InvocationId), null);
        return await invocation.Task;
    }

    public void Terminate(TimeSpan grace) => outgoing.Writer.TryWrite(new StreamingMessage
    {
        WorkerTerminate = new() { GracePeriod = new() { Seconds = (long)grace.TotalSeconds } },
    });

    public void Close() => ending.Cancel();

    private void Cancel(string invocationId) => outgoing.Writer.TryWrite(
        new StreamingMessage { InvocationCancel = new() { InvocationId = invocationId } });

    private async Task<StreamingMessage> AskAsync(StreamingMessage question, string name, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        answers[name] = answer;
        question.RequestId = Guid.NewGuid().ToString();
        if (!outgoing.Writer.TryWrite(question) || ended.Task.IsCompleted)
            throw new WorkerLostException();
        try
        {
            return await answer.Task.WaitAsync(AnswerTimeout, cancellation);
        }
        finally
        {
            answers.TryRemove(name, out _);
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
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation))
                    invocation.TrySetResult(message.InvocationResponse);
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                Log(message.RpcLog);
                break;
            case StreamingMessage.ContentOneofCase.WorkerInitResponse:
                Answer("init", message);
                break;
            case StreamingMessage.ContentOneofCase.FunctionMetadataResponse:
                Answer("metadata", message);
                break;
            case StreamingMessage.ContentOneofCase.FunctionLoadResponse:
                Answer($"load {message.FunctionLoadResponse.FunctionId}", message);
                break;
        }
    }

    private void Answer(string name, StreamingMessage message)
    {
        if (answers.TryGetValue(name, out var answer))
            answer.TrySetResult(message);
    }

    private void Log(RpcLog line)
    {
        if (line.Level is < 0 or > 5)
            return;
        var logger = loggerOf.GetOrAdd(line.Category.Length > 0 ? line.Category : "Worker", loggers.CreateLogger);
        if (!logger.IsEnabled((LogLevel)line.Level))
            return;
        var text = line.Exception is { Message.Length: > 0 } exception
            ? $"{line.Message}{Environment.NewLine}{exception.Type} {exception.Message}{Environment.NewLine}{exception.StackTrace}"
            : line.Message;
        logger.Log((LogLevel)line.Level, "{Line}", text);
    }

    private static void ThrowIfFailed(StatusResult? result, string what)
    {
        if (result is { Status: not StatusResult.Types.Status.Success })
            throw new InvalidOperationException($"{what}: {result.Exception?.Message ?? result.Result}");
    }
}

/// <summary>A worker ended with work under way.</summary>
internal sealed class WorkerLostException() : Exception("The worker process ended before the function had.");
