using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// The one way out for requests to addresses that users name: providers, webhooks, issuers. They reach public addresses
/// only, unless <see cref="OutboundOptions.AllowPrivateAddresses"/>. A host is resolved once a connection and the
/// socket goes to the very address that was approved, so that an answer of DNS that changes in between is of no use.
/// </summary>
public sealed class OutboundHttp : IDisposable
{
    /// <summary>Bytes of an answer that are read at most.</summary>
    public const int AnswerBytesMax = 1024 * 1024;

    private readonly SocketsHttpHandler handler;
    private readonly Predicate<IPAddress>? approves;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;

    public OutboundHttp(IOptions<OutboundOptions> options)
        : this(
            options.Value.AllowPrivateAddresses ? null : PublicAddresses.Contain,
            ResolveAsync)
    {
    }

    /// <param name="approves">Null approves of every address.</param>
    internal OutboundHttp(
        Predicate<IPAddress>? approves, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        (this.approves, this.resolve) = (approves, resolve);
        handler = new SocketsHttpHandler
        {
            // A redirect would take credentials in headers of their own, such as x-api-key, to another host.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (approves is null)
            return;

        handler.ConnectCallback = ConnectAsync;
        // A proxy would resolve the host itself, where nobody looks at the address.
        handler.UseProxy = false;
    }

    /// <summary>
    /// Follows no redirects and keeps no cookies; all clients share one pool of connections, which outlives them.
    /// </summary>
    /// <param name="timeout">For a whole request, to the last byte of its answer.</param>
    public HttpClient NewClient(TimeSpan timeout) => new(handler, disposeHandler: false)
    {
        Timeout = timeout,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    public void Dispose() => handler.Dispose();

    // A look-up blocks its thread until DNS gives up, so it gets one of its own: hosts whose servers never answer would
    // otherwise use up those that everything else runs on.
    private static Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
        Task.Factory.StartNew(
                () => Dns.GetHostAddresses(host), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default)
            .WaitAsync(cancellation);

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var resolved = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellation);
        var approved = Array.FindAll(resolved, approves!);
        if (approved.Length == 0)
            throw new OutboundRefusedException(host);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(approved, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
