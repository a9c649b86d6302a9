namespace Assay;

/// <param name="Text">Plain.</param>
public sealed record Mail(string To, string Subject, string Text)
{
    public string To { get; } = OneLine(To);

    public string Subject { get; } = OneLine(Subject);

    // A line break would begin another header.
    private static string OneLine(string header) => header.Any(char.IsControl)
        ? throw new ArgumentException("A header of a mail is one line.")
        : header;
}

/// <summary>Sends mail.</summary>
public interface IMailer
{
    /// <exception cref="MailException">It did not go out.</exception>
    Task SendAsync(Mail mail, CancellationToken cancellation);
}

/// <summary>Mail did not go out.</summary>
public sealed class MailException(string message, Exception inner) : Exception(message, inner);
