using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// Shows that mail to an account's address arrives. Only who is signed in to the account can: the owner of an address
/// that somebody else registered could confirm it by mistake otherwise.
/// </summary>
public sealed class EmailVerificationFunctions(AccountStore accounts, LoginThrottle throttle, MailQueue mail)
{
    /// <summary>Mails a token, unless the address is verified.</summary>
    [Function(nameof(RequestEmailVerification))]
    [Operation(Permissions.SignedIn, Status = 202)]
    public async Task<IResult> RequestEmailVerification(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "me/email-verification")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (await accounts.FindAsync(cancellation) is not { Email: not null } account)
            return Problems.Conflict("The account has no e-mail address.");
        if (await throttle.TakeAsync("verification", account.Email, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        return mail.TryAddVerification(account.Id)
            ? Results.StatusCode(StatusCodes.Status202Accepted)
            : Problems.Busy("Too much mail waits to be sent.");
    }

    [Function(nameof(VerifyEmail))]
    [Operation(Permissions.SignedIn, Body = typeof(EmailVerification), Answer = typeof(Account))]
    public async Task<IResult> VerifyEmail(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "me/email-verification/confirm")]
        HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<EmailVerification>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await throttle.TakeAsync("token", null, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        if (await accounts.VerifyEmailAsync(wanted.Token, cancellation) is not { } account)
            return Problems.Invalid("token", "expected a token that was mailed to this account within a day");
        await throttle.ForgiveAsync("token", null, cancellation);
        return Results.Json(account, Json.Options);
    }
}
