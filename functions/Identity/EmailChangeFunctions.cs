using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// Another address for an account. It takes effect only for who is signed in to the account and reads the address's
/// mail: nobody gets an address that is not theirs, nor is anybody talked into confirming one for somebody else.
/// </summary>
public sealed class EmailChangeFunctions(
    AccountStore accounts, Confirmation confirmation, LoginThrottle throttle, MailQueue mail)
{
    /// <summary>
    /// Mails a token to the new address, and a notice to the present one. The answer does not tell whether the new one
    /// belongs to somebody.
    /// </summary>
    [Function(nameof(RequestEmailChange))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Body = typeof(EmailChangeRequest), Status = 202)]
    public async Task<IResult> RequestEmailChange(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "me/email")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<EmailChangeRequest>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (!EmailAddress.IsValid(wanted.Email))
            return Problems.Invalid("email", EmailAddress.Expected);
        if (await accounts.FindAsync(cancellation) is not { Email: { } present } account)
            return Problems.Conflict("The account has no e-mail address; claim it first.");
        if (await confirmation.AskAsync(account, wanted.CurrentPassword, cancellation) is ({ } refused, _))
            return refused;
        if (await throttle.TakeAsync("email", wanted.Email, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        return mail.TryAddEmailChange(account.Id, present, wanted.Email)
            ? Results.StatusCode(StatusCodes.Status202Accepted)
            : Problems.Busy("Too much mail waits to be sent.");
    }

    /// <summary>Takes the new address, which is verified by that. What else was mailed for the account ends.</summary>
    [Function(nameof(ChangeEmail))]
    [Operation(
        Permissions.SignedIn, Grants = GrantKind.Session, Body = typeof(EmailChange), Answer = typeof(Account))]
    public async Task<IResult> ChangeEmail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "me/email/confirm")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<EmailChange>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await throttle.TakeAsync("token", null, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        var change = await accounts.ChangeEmailAsync(wanted.Token, cancellation);
        if (change is AccountChange.Done(var account))
        {
            await throttle.ForgiveAsync("token", null, cancellation);
            return Results.Json(account, Json.Options);
        }
        return change switch
        {
            AccountChange.EmailTaken => Problems.Conflict(
                "Another account has this e-mail address. You get into it by setting a new password by mail."),
            _ => Problems.Invalid("token", "expected a token that was mailed for this account within the hour"),
        };
    }
}
