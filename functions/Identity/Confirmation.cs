namespace Assay;

/// <summary>Asks who is there once more, before what somebody who found a session open must not do.</summary>
public sealed class Confirmation(SignIn signIn, SessionStore sessions, LoginThrottle throttle, CurrentCaller caller)
{
    /// <summary>
    /// No problem for who knows the present password, or where there is none, signed in a moment ago; and the hash of
    /// the password that was confirmed.
    /// </summary>
    public async Task<(Problem? Refusal, string? PasswordHash)> AskAsync(
        Account account, string? password, CancellationToken cancellation)
    {
        if (!account.HasPassword)
            return await sessions.IsRecentAsync(caller.Value.SessionId!.Value, cancellation)
                ? (null, null)
                : (Problems.Forbidden("Sign in once more, and do this within ten minutes."), null);
        // Guessed at as at a login.
        if (await throttle.TakeAsync("confirm", $"{account.Id}", cancellation) is { } wait)
            return (Problems.TooManyAttempts(wait), null);
        if (await signIn.HashOwnPasswordAsync(password ?? "", cancellation) is not { } hash)
            return (Problems.Invalid("currentPassword", "expected the present password"), null);
        await throttle.ForgiveAsync("confirm", $"{account.Id}", cancellation);
        return (null, hash);
    }
}
