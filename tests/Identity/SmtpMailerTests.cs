using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class SmtpMailerTests : IDisposable
{
    private readonly X509Certificate2 certificate = NewCertificate();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mail_and_login_go_out_encrypted(bool isEncryptedAtOnce)
    {
        await using var server = MailServer.Start(certificate, isEncryptedAtOnce);

        await SendAsync(server, new MailOptions { User = "ada", Password = "hush", ImplicitTls = isEncryptedAtOnce });

        Assert.Equal(
            "To: bob@example.com\nSubject: Über uns\n\nGrüße: €1 = x.\n.",
            Assert.Single(server.Received).ReplaceLineEndings("\n"));
        Assert.Equal(("ada", "hush"), server.Login);
        Assert.True(server.WasEncrypted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_whose_certificate_nobody_vouches_for_gets_neither_login_nor_mail(bool isEncryptedAtOnce)
    {
        await using var server = MailServer.Start(certificate, isEncryptedAtOnce);
        var settings = new MailOptions { User = "ada", Password = "hush", ImplicitTls = isEncryptedAtOnce };

        var thrown = await Assert.ThrowsAsync<MailException>(() => SendAsync(server, settings, isTrusted: false));

        Assert.IsType<MailKit.Security.SslHandshakeException>(thrown.InnerException);
        Assert.Empty(server.Received);
        Assert.Null(server.Login);
    }

    [Fact]
    public async Task A_server_that_encrypts_nothing_gets_mail_only_when_that_is_allowed()
    {
        await using var server = MailServer.Start();

        await Assert.ThrowsAsync<MailException>(() => SendAsync(server, new MailOptions()));
        Assert.Empty(server.Received);
        await SendAsync(server, new MailOptions { StartTls = false });
        Assert.False(server.WasEncrypted);
        Assert.Single(server.Received);
    }

    [Fact]
    public async Task A_server_that_is_away_takes_no_mail()
    {
        var server = MailServer.Start();
        await server.DisposeAsync();

        await Assert.ThrowsAsync<MailException>(() => SendAsync(server, new MailOptions { StartTls = false }));
    }

    [Theory]
    [InlineData(465, null, true)]
    [InlineData(587, null, false)]
    [InlineData(465, false, false)]
    [InlineData(2465, true, true)]
    public void Port_465_is_encrypted_at_once_unless_something_else_is_said(int port, bool? said, bool expected) =>
        Assert.Equal(expected, new MailOptions { Port = port, ImplicitTls = said }.IsEncryptedAtOnce);

    public void Dispose() => certificate.Dispose();

    private Task SendAsync(MailServer server, MailOptions settings, bool isTrusted = true)
    {
        (settings.Host, settings.Port) = ("127.0.0.1", server.Port);
        var mailer = new SmtpMailer(
            Options.Create(settings),
            isTrusted ? (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString() : null);
        return mailer.SendAsync(
            new("bob@example.com", "Über uns", "Grüße: €1 = x.\n.\n"), CancellationToken.None);
    }

    // It is right in everything but who signed it.
    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
