using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Assay;

/// <summary>An SMTP server on loopback that takes every mail and keeps it.</summary>
internal sealed class MailServer : MessageStore, IUserAuthenticator, IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentQueue<string> received = new();
    private readonly Task running;

    private MailServer(X509Certificate2? certificate, bool isEncryptedAtOnce)
    {
        var listeners = new EndpointListenerFactory();
        listeners.EndpointStarted += (_, started) => Port = ((IPEndPoint)started.LocalEndPoint).Port;
        var services = new ServiceProvider();
        services.Add(listeners);
        services.Add((IMessageStore)this);
        services.Add((IUserAuthenticator)this);
        var options = new SmtpServerOptionsBuilder().ServerName("test")
            .Endpoint(endpoint =>
            {
                endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, 0));
                if (certificate is not null)
                    endpoint.Certificate(certificate).IsSecure(isEncryptedAtOnce);
            })
            .Build();
        running = new SmtpServer.SmtpServer(options, services).StartAsync(stopping.Token);
    }

    public int Port { get; private set; }

    /// <summary>Everything that was sent: to whom, the subject and the text, decoded.</summary>
    public IReadOnlyCollection<string> Received => received;

    /// <summary>User and password of who logged in last.</summary>
    public (string User, string Password)? Login { get; private set; }

    /// <summary>Whether the last mail came through an encrypted connection.</summary>
    public bool WasEncrypted { get; private set; }

    /// <summary>Of an app that sends its mail here.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Assay__Mail__Host"] = "127.0.0.1",
        ["Assay__Mail__Port"] = $"{Port}",
        ["Assay__Mail__StartTls"] = "false",
        ["Assay__Mail__From"] = "assay@example.com",
    };

    /// <param name="certificate">With one, the server offers STARTTLS.</param>
    /// <param name="isEncryptedAtOnce">Whether it expects TLS from a connection's first byte.</param>
    public static MailServer Start(X509Certificate2? certificate = null, bool isEncryptedAtOnce = false) =>
        new(certificate, isEncryptedAtOnce);

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

    public override async Task<SmtpResponse> SaveAsync(
        ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer,
        CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(buffer.ToArray());
        using var mail = await MimeMessage.LoadAsync(stream, cancellationToken);
        WasEncrypted = context.Pipe.IsSecure;
        received.Enqueue($"To: {mail.To}\nSubject: {mail.Subject}\n\n{mail.TextBody}");
        return SmtpResponse.Ok;
    }

    public Task<bool> AuthenticateAsync(
        ISessionContext context, string user, string password, CancellationToken cancellationToken)
    {
        Login = (user, password);
        return Task.FromResult(true);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        stopping.Dispose();
    }
}
