using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Mail about an account, each with a token that is not kept but for its hash.</summary>
public sealed class AccountMail(IdentityDatabase database, IMailer mailer, IOptions<MailOptions> options)
{
    private static readonly TimeSpan ResetLifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan VerificationLifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan ChangeLifetime = TimeSpan.FromHours(1);

    /// <summary>Sends nothing when there is no such account.</summary>
    /// <exception cref="MailException">It did not go out.</exception>
    public async Task SendPasswordResetAsync(string email, CancellationToken cancellation)
    {
        var token = Secret.New("asr_");
        Task<Recipient?> BeginAsync(string address) => database.FindAsync<Recipient>(
            "select email from ops.begin_password_reset(@address, @hash, @ResetLifetime)",
            new { address, hash = Secret.Hash(token), ResetLifetime }, cancellation);
        var account = await BeginAsync(email);
        if (account is null && EmailAddress.FormerlyOf(email) is { } former)
            account = await BeginAsync(former);
        if (account is not null)
            await mailer.SendAsync(
                new Mail(account.Email, "Set a new password",
                    $"""
                    Somebody, most likely you, wants to set a new password for your account.

                    {HowTo(options.Value.PasswordResetPage, "/api/auth/password-reset/confirm", token)}

                    This works once, within an hour, and ends all sessions. If it was not you, there is nothing to do.
                    """),
                cancellation);
    }

    /// <summary>
    /// Sends nothing when the current person's account has no address, or one that is verified.
    /// </summary>
    /// <exception cref="MailException">It did not go out.</exception>
    public async Task SendVerificationAsync(CancellationToken cancellation)
    {
        var token = Secret.New("asv_");
        var email = await database.FindAsync<string>(
            "select ops.begin_email_proof(@hash, null, @VerificationLifetime)",
            new { hash = Secret.Hash(token), VerificationLifetime }, cancellation);
        if (email is not null)
            await mailer.SendAsync(
                new Mail(email, "Confirm your e-mail address",
                    $"""
                    An account was made with this e-mail address.

                    {HowTo(options.Value.EmailVerificationPage, "/api/me/email-verification/confirm", token)}

                    You must be signed in to that account. If you did not make it, do nothing.
                    """),
                cancellation);
    }

    /// <summary>
    /// Also to an address that another account has: only its owner learns that, by what confirming is answered with.
    /// </summary>
    /// <exception cref="MailException">It did not go out.</exception>
    public async Task SendEmailChangeAsync(string wanted, CancellationToken cancellation)
    {
        var token = Secret.New("ase_");
        await database.ExecuteAsync(
            "select ops.begin_email_proof(@hash, @wanted, @ChangeLifetime)",
            new { hash = Secret.Hash(token), wanted, ChangeLifetime }, cancellation);
        await mailer.SendAsync(
            new Mail(wanted, "Confirm your new e-mail address",
                $"""
                Somebody, most likely you, wants this to be the e-mail address of their account.

                {HowTo(options.Value.EmailChangePage, "/api/me/email/confirm", token)}

                This works once, within an hour. You must be signed in to that account. If it was not you, do nothing.
                """),
            cancellation);
    }

    /// <exception cref="MailException">It did not go out.</exception>
    public Task SendEmailChangeNoticeAsync(string present, string wanted, CancellationToken cancellation) =>
        mailer.SendAsync(
            new Mail(present, "Your e-mail address is about to change",
                $"""
                Somebody, most likely you, asked for another e-mail address of your account: {wanted}

                This address is the account's until mail to the other one is confirmed. If it was not you, set a new
                password now: that ends all sessions, and this change.
                """),
            cancellation);

    /// <exception cref="MailException">It did not go out.</exception>
    public Task SendInvitationAsync(InvitationLetter letter, CancellationToken cancellation) =>
        mailer.SendAsync(
            new Mail(letter.Email, "You are invited",
                $"""
                {letter.InvitedBy} invites you to the organization "{letter.ShownName}" ({letter.Slug}).
                Its members chose that name. This installation of Assay does not check who they are.

                {HowTo(options.Value.InvitationPage, "/api/auth/register or /api/invitations/accept", letter.Token)}

                Without an account you make one with it, with this e-mail address; with an account of this address, sign
                in and accept. It works once. If you do not know what this is about, do nothing.
                """),
            cancellation);

    private static string HowTo(string? page, string route, string token) => page is { Length: > 0 }
        ? $"Open {page}#token={token}"
        : $"Your token for POST {route} is {token}";

    private sealed record Recipient(string Email);
}

/// <summary>An invitation as it is mailed.</summary>
/// <param name="InvitedBy">Who invites, as <see cref="NameOf"/> says it.</param>
public sealed record InvitationLetter(string Email, string Organization, string Slug, string InvitedBy, string Token)
{
    internal string ShownName => MailText.NameOr(Organization, Slug);

    /// <summary>How a mail names who invites: by an address that is theirs, and never by a name they chose.</summary>
    public static string NameOf(Account? person) => person switch
    {
        null => "A program",
        { EmailVerified: true, Email: { } email } => email,
        _ => "Somebody whose e-mail address is not confirmed",
    };
}
