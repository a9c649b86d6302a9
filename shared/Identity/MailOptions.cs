using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>Section <c>Assay:Mail</c>: how mail is sent. Without a host, it is written to files.</summary>
public sealed class MailOptions : IValidatableObject
{
    public const string Section = "Assay:Mail";

    /// <summary>Of an SMTP server.</summary>
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>None where the server asks for no login.</summary>
    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>Whether mail goes out encrypted only; off for a server on this machine.</summary>
    public bool StartTls { get; set; } = true;

    /// <summary>
    /// Whether connections are encrypted from their first byte (RFC 8314) rather than by the command STARTTLS; null
    /// where that is so on port 465 alone.
    /// </summary>
    public bool? ImplicitTls { get; set; }

    internal bool IsEncryptedAtOnce => ImplicitTls ?? Port == 465;

    [Required]
    public string From { get; set; } = "assay@localhost";

    /// <summary>Folder for mail that is not sent; by default one among the temporary files.</summary>
    public string? Outbox { get; set; }

    /// <summary>
    /// Page of one's own that sets a new password: the link in the mail, with the token behind <c>#token=</c>. Without
    /// one, the mail holds the token alone.
    /// </summary>
    public string? PasswordResetPage { get; set; }

    /// <summary>The same for confirming an address.</summary>
    public string? EmailVerificationPage { get; set; }

    /// <summary>The same for confirming another address of an account.</summary>
    public string? EmailChangePage { get; set; }

    /// <summary>The same for who is invited: it registers them, or lets them sign in and accept.</summary>
    public string? InvitationPage { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!EmailAddress.IsValid(From))
            yield return new("Assay__Mail__From must be an e-mail address.", [nameof(From)]);
        foreach (var (name, page) in new[]
            {
                (nameof(PasswordResetPage), PasswordResetPage), (nameof(EmailVerificationPage), EmailVerificationPage),
                (nameof(EmailChangePage), EmailChangePage), (nameof(InvitationPage), InvitationPage),
            })
            if (page is { Length: > 0 } && !OutboundUrl.IsValid(page))
                yield return new($"Assay__Mail__{name} must be an http or https URL.", [name]);
    }
}
