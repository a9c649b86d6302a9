using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>Takes connections, and never answers on them.</summary>
internal sealed class SilentReceiver : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public SilentReceiver() => listener.Start(backlog: 4096);

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/hook";

    public void Dispose() => listener.Dispose();
}
