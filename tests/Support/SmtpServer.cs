using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>An SMTP server on loopback that takes every mail and keeps it.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> received = new();

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Everything that was sent, header and body, line breaks of the encoding taken out.</summary>
    public IReadOnlyCollection<string> Received => received;

    /// <summary>Of an app that sends its mail here.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Assay__Mail__Host"] = "127.0.0.1",
        ["Assay__Mail__Port"] = $"{Port}",
        ["Assay__Mail__StartTls"] = "false",
        ["Assay__Mail__From"] = "assay@example.com",
    };

    public static SmtpServer Start()
    {
        var server = new SmtpServer();
        server.listener.Start();
        _ = server.AcceptAsync();
        return server;
    }

    /// <summary>Waits for mail to an address.</summary>
    /// <param name="subject">What the mail says somewhere.</param>
    /// <param name="after">How many mails to pass over.</param>
    public Task<string> ReceiveAsync(string to, string subject, int after = 0) => Eventually.GetAsync(
        () => Task.FromResult(received.Skip(after).FirstOrDefault(mail =>
            mail.Contains(to, StringComparison.OrdinalIgnoreCase) && mail.Contains(subject, StringComparison.Ordinal))),
        null, () => $"No mail came to {to}.");

    /// <summary>Waits for mail to an address that holds a token, and takes it out.</summary>
    /// <param name="prefix">What the token begins with.</param>
    /// <inheritdoc cref="ReceiveAsync"/>
    public async Task<string> TokenAsync(string to, string prefix, int after = 0) =>
        Regex.Match(await ReceiveAsync(to, prefix, after), $@"{prefix}[\w-]{{32}}").Value;

    public ValueTask DisposeAsync()
    {
        listener.Stop();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var owned = client;
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await using var writer = new StreamWriter(client.GetStream(), Encoding.ASCII)
        {
            AutoFlush = true,
            NewLine = "\r\n",
        };
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("221 bye");
                return;
            }
            if (!line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("250 ok");
                continue;
            }
            await writer.WriteLineAsync("354 go on");
            var mail = new StringBuilder();
            while (await reader.ReadLineAsync() is { } data && data != ".")
                mail.Append(data).Append('\n');
            // Quoted-printable breaks long lines.
            received.Enqueue(mail.ToString().Replace("=\n", "").Replace("=5F", "_"));
            await writer.WriteLineAsync("250 ok");
        }
    }
}
