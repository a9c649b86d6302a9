using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>
/// A proxy on loopback that counts what clients have a PostgreSQL server do: statements, which are the messages Execute
/// and Query of its protocol, version 3, and round trips, which is how often a client speaks after the server has
/// spoken.
/// </summary>
internal sealed class ProtocolCounter : IAsyncDisposable
{
    // A message is its type, then its length, which counts itself. A connection's first messages have no type, but a
    // number: that of the protocol's version, or one that asks for encryption before it.
    private const int LengthBytes = 4;
    private const int Version3 = 3 << 16;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly string host;
    private readonly int port;
    private readonly Task accepting;
    private long statements;
    private long roundTrips;

    public ProtocolCounter(string host, int port)
    {
        (this.host, this.port) = (host, port);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public long Statements => Volatile.Read(ref statements);

    public long RoundTrips => Volatile.Read(ref roundTrips);

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
        // Small messages wait for nobody, or every other one would take 40 ms.
        client.NoDelay = true;
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            try
            {
                await server.ConnectAsync(host, port, stop.Token);
                var answered = new StrongBox<int>(1);
                await Task.WhenAny(
                    AskAsync(client.GetStream(), server.GetStream(), answered),
                    AnswerAsync(server.GetStream(), client.GetStream(), answered));
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // One side hung up, or the measurement is over.
            }
        }
    }

    private async Task AskAsync(NetworkStream client, NetworkStream server, StrongBox<int> answered)
    {
        var started = false;
        while (true)
        {
            var message = await ReadAsync(client, typed: started);
            if (started && message[0] is (byte)'E' or (byte)'Q')
                Interlocked.Increment(ref statements);
            if (Interlocked.Exchange(ref answered.Value, 0) == 1)
                Interlocked.Increment(ref roundTrips);
            started = started || BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(LengthBytes)) == Version3;
            await server.WriteAsync(message, stop.Token);
        }
    }

    private async Task AnswerAsync(NetworkStream server, NetworkStream client, StrongBox<int> answered)
    {
        var buffer = new byte[16 * 1024];
        while (await server.ReadAsync(buffer, stop.Token) is > 0 and var count)
        {
            Volatile.Write(ref answered.Value, 1);
            await client.WriteAsync(buffer.AsMemory(0, count), stop.Token);
        }
    }

    private async Task<byte[]> ReadAsync(NetworkStream client, bool typed)
    {
        var head = new byte[LengthBytes + (typed ? 1 : 0)];
        await client.ReadExactlyAsync(head, stop.Token);
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - LengthBytes));
        var message = new byte[head.Length + length - LengthBytes];
        head.CopyTo(message, 0);
        await client.ReadExactlyAsync(message.AsMemory(head.Length), stop.Token);
        return message;
    }
}
