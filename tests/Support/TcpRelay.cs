using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>
/// A port in front of a server that a test can close and open, as if the server went away and came back.
/// </summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly IPEndPoint target;
    private readonly List<TcpClient> connections = [];
    private TcpListener? listener;

    private TcpRelay(IPEndPoint target, int port) => (this.target, Port) = (target, port);

    public int Port { get; }

    /// <summary>A relay that is still closed, on a port of its own.</summary>
    public static TcpRelay To(string host, int port)
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return new TcpRelay(
            new IPEndPoint(host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(host), port),
            ((IPEndPoint)free.LocalEndpoint).Port);
    }

    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = AcceptAsync(listener);
    }

    /// <summary>Refuses new connections and cuts those that there are.</summary>
    public void Close()
    {
        listener?.Stop();
        listener = null;
        lock (connections)
        {
            connections.ForEach(connection => connection.Close());
            connections.Clear();
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(TcpListener accepting)
    {
        try
        {
            while (true)
            {
                var client = await accepting.AcceptTcpClientAsync();
                var server = new TcpClient();
                lock (connections)
                    connections.AddRange([client, server]);
                await server.ConnectAsync(target);
                _ = CopyAsync(client, server);
                _ = CopyAsync(server, client);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One end has gone; the other follows.
        }
        finally
        {
            from.Close();
            to.Close();
        }
    }
}
