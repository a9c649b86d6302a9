using System.Collections.Concurrent;
using Assay.Hosting.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Assay.Hosting;

/// <summary>The gRPC endpoint that workers connect to, on a port of its own of loopback.</summary>
internal sealed class FunctionRpcServer : IAsyncDisposable
{
    /// <summary>Bytes of a message, as the real host has it.</summary>
    public const int MessageLengthMax = int.MaxValue;

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkerChannel>> expected = new();

    private FunctionRpcServer(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = null!;

    public static async Task<FunctionRpcServer> StartAsync(ILoggerFactory loggers, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.ListenLocalhostPort(HttpProtocols.Http2);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MessageLengthMax;
            grpc.MaxSendMessageSize = MessageLengthMax;
        });
        FunctionRpcServer server = null!;
        builder.Services.AddSingleton<FunctionRpcService>(_ => new FunctionRpcService(id => server.Take(id), loggers));
        var app = builder.Build();
        server = new FunctionRpcServer(app);
        app.UseRouting();
        app.MapGrpcService<FunctionRpcService>();
        await app.StartAsync(cancellation);
        server.Address = new Uri(app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    /// <summary>The stream that the worker of this id opens; nobody else may open one.</summary>
    public Task<WorkerChannel> Expect(string workerId)
    {
        var source = new TaskCompletionSource<WorkerChannel>(TaskCreationOptions.RunContinuationsAsynchronously);
        expected[workerId] = source;
        return source.Task;
    }

    public void Forget(string workerId) => expected.TryRemove(workerId, out _);

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private TaskCompletionSource<WorkerChannel>? Take(string workerId) =>
        expected.TryRemove(workerId, out var source) ? source : null;
}

internal sealed class FunctionRpcService(
    Func<string, TaskCompletionSource<WorkerChannel>?> take, ILoggerFactory loggers) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.ContentCase != StreamingMessage.ContentOneofCase.StartStream
            || take(requestStream.Current.StartStream.WorkerId) is not { } awaited)
            throw new Grpc.Core.RpcException(new Status(StatusCode.PermissionDenied, "No worker of this id is expected."));

        var channel = new WorkerChannel(loggers);
        awaited.SetResult(channel);
        await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}

internal static class KestrelListening
{
    public static void ListenLocalhostPort(this KestrelServerOptions kestrel, HttpProtocols protocols) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
}
