using System.Net.Security;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using MimeKit.Utils;

namespace Assay;

/// <summary>Hands mail to an SMTP server.</summary>
/// <param name="trust">Which certificates of servers are taken; null leaves it to the system.</param>
internal sealed class SmtpMailer(IOptions<MailOptions> options, RemoteCertificateValidationCallback? trust = null)
    : IMailer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task SendAsync(Mail mail, CancellationToken cancellation)
    {
        var settings = options.Value;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Patience);
        try
        {
            using var message = NewMessage(settings.From, mail);
            // As everywhere else in .NET, certificates are checked, and whether they were revoked is not asked.
            using var client = new SmtpClient { CheckCertificateRevocation = false };
            client.ServerCertificateValidationCallback = trust;
            await client.ConnectAsync(settings.Host!, settings.Port, EncryptionOf(settings), limited.Token);
            if (settings.User is { Length: > 0 } user)
                await client.AuthenticateAsync(user, settings.Password ?? "", limited.Token);
            await client.SendAsync(message, limited.Token);
            await client.DisconnectAsync(quit: true, limited.Token);
        }
        catch (Exception e) when (e is ProtocolException or CommandException or AuthenticationException
            or SslHandshakeException or NotSupportedException or IOException or SocketException or ParseException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new MailException($"{settings.Host} took no mail.", e);
        }
    }

    private static SecureSocketOptions EncryptionOf(MailOptions settings) => settings switch
    {
        { IsEncryptedAtOnce: true } => SecureSocketOptions.SslOnConnect,
        { StartTls: true } => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    private static MimeMessage NewMessage(string from, Mail mail)
    {
        var sender = MailboxAddress.Parse(from);
        var text = new MimeKit.TextPart("plain") { Text = mail.Text };
        return new([sender], [MailboxAddress.Parse(mail.To)], mail.Subject, text)
        {
            MessageId = MimeUtils.GenerateMessageId(sender.Domain),
        };
    }
}
