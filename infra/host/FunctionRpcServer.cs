using System.Collections.Concurrent;
using System.Net;
using Assay.Hosting.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Assay.Hosting;

/// <summary>The gRPC endpoint that workers connect to, on a port of its own of loopback.</summary>
internal sealed class FunctionRpcServer(ILoggerFactory loggers) : FunctionRpc.FunctionRpcBase, IAsyncDisposable
{
    /// <summary>Bytes of a message, as the real host has it.</summary>
    public const int MessageLengthMax = int.MaxValue;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkerChannel>> expected = new();
    private WebApplication app = null!;

    public Uri Address => new(app.Urls.Single());

    public async Task StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddSingleton(loggers).AddSingleton(this).AddRoutingCore().AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MessageLengthMax;
            grpc.MaxSendMessageSize = MessageLengthMax;
        });
        app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<FunctionRpcServer>();
        await app.StartAsync(cancellation);
    }

    /// <summary>The stream that the worker of this id opens; nobody else may open one.</summary>
    public Task<WorkerChannel> Expect(string workerId) => expected.GetOrAdd(
        workerId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Forget(string workerId) => expected.TryRemove(workerId, out _);

    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.ContentCase != StreamingMessage.ContentOneofCase.StartStream
            || !expected.TryRemove(requestStream.Current.StartStream.WorkerId, out var awaited))
            throw new Grpc.Core.RpcException(
                new Status(StatusCode.PermissionDenied, "No worker of this id is expected."));

        var channel = new WorkerChannel(loggers);
        awaited.SetResult(channel);
        await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
    }
}
