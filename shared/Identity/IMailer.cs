namespace Assay;

/// <param name="Text">Plain.</param>
public sealed record Mail(string To, string Subject, string Text);

/// <summary>Sends mail.</summary>
public interface IMailer
{
    /// <exception cref="MailException">It did not go out.</exception>
    Task SendAsync(Mail mail, CancellationToken cancellation);
}

/// <summary>Mail did not go out.</summary>
public sealed class MailException(string message, Exception inner) : Exception(message, inner);
