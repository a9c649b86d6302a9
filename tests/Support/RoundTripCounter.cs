using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>A TCP proxy on loopback that counts how often the client speaks after the server has spoken.</summary>
internal sealed class RoundTripCounter : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly string host;
    private readonly int port;
    private readonly Task accepting;
    private int roundTrips;

    public RoundTripCounter(string host, int port)
    {
        (this.host, this.port) = (host, port);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public int RoundTrips => Volatile.Read(ref roundTrips);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
                relays.Add(RelayAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(host, port, stop.Token);
            var serverSpoke = 1;
            await Task.WhenAny(
                CopyAsync(client, server, () =>
                {
                    if (Interlocked.Exchange(ref serverSpoke, 0) == 1)
                        Interlocked.Increment(ref roundTrips);
                }),
                CopyAsync(server, client, () => Volatile.Write(ref serverSpoke, 1)));
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, Action spoke)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, stop.Token) is > 0 and var count)
            {
                spoke();
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException
            or ObjectDisposedException)
        {
            // One side hung up, or the test is over.
        }
    }
}
