using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Writes mail to files, for development, and says where.</summary>
internal sealed class OutboxMailer(IOptions<MailOptions> options, TimeProvider time, ILogger<OutboxMailer> logger)
    : IMailer
{
    private readonly string folder = options.Value.Outbox ?? Path.Combine(Path.GetTempPath(), "assay-outbox");

    public async Task SendAsync(Mail mail, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, $"{Guid.CreateVersion7(time.GetUtcNow()):n}.eml");
        try
        {
            // Whoever reads these can take over accounts.
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(
                    folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var text = $"From: {options.Value.From}\nTo: {mail.To}\nSubject: {mail.Subject}\n\n{mail.Text}";
            await File.WriteAllTextAsync(path, text, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailException($"{folder} took no mail.", e);
        }
        logger.LogWarning("Mail is not sent: Assay__Mail__Host is not set. It is in {Path}", path);
    }
}
