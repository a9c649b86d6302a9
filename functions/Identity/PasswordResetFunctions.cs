using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What is proven by reading mail: a new password, and an address.</summary>
public sealed class PasswordResetFunctions(PasswordChange passwords, LoginThrottle throttle, MailQueue mail)
{
    /// <summary>Mails a token. The answer is the same, in content and time, whether there is such an account.</summary>
    [Function(nameof(RequestPasswordReset))]
    [Operation(Permissions.Anyone, Grants = GrantKind.Session, Body = typeof(PasswordResetRequest), Status = 202)]
    public async Task<IResult> RequestPasswordReset(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/password-reset")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<PasswordResetRequest>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (!EmailAddress.IsValid(wanted.Email))
            return Problems.Invalid("email", EmailAddress.Expected);
        if (await throttle.TakeAsync("reset", wanted.Email, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        return mail.TryAddPasswordReset(wanted.Email)
            ? Results.StatusCode(StatusCodes.Status202Accepted)
            : Problems.Busy("Too much mail waits to be sent.");
    }

    /// <summary>Sets a new password by a mailed token, and ends all sessions.</summary>
    [Function(nameof(ResetPassword))]
    [Operation(Permissions.Anyone, Grants = GrantKind.Session, Body = typeof(PasswordReset), Status = 204)]
    public async Task<IResult> ResetPassword(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/password-reset/confirm")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<PasswordReset>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await throttle.TakeAsync("token", null, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);
        if (await passwords.FindAsync(wanted.Token, cancellation) is not { } account)
            return NotLive();
        if (PasswordRules.Error(wanted.Password, account.Email) is { } error)
            return Problems.Invalid("password", error);

        if (!await passwords.TryResetAsync(account, wanted.Token, wanted.Password, cancellation))
            return NotLive();
        await throttle.ForgiveAsync("token", null, cancellation);
        return Results.NoContent();
    }

    private static Problem NotLive() =>
        Problems.Invalid("token", "expected a token that was mailed within the hour and not used yet");
}
