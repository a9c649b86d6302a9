using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>How people come in and go.</summary>
public sealed class SignInFunctions(
    SignIn signIn,
    Passwords passwords,
    AccountStore accounts,
    SessionStore sessions,
    InvitationStore invitations,
    LoginThrottle throttle,
    MailQueue mail,
    CurrentCaller caller,
    OrganizationScope scope)
{
    /// <summary>
    /// An organization of one's own comes with the account, or with an invitation's token, membership in that one.
    /// </summary>
    [Function(nameof(Register))]
    [Operation(
        Permissions.Anyone, Grants = GrantKind.Session, Body = typeof(NewPerson), Answer = typeof(SignedSession),
        ShowsSecret = true, Status = 201)]
    public async Task<IResult> Register(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/register")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewPerson>(request, cancellation);
        if (body.Value is not { } person)
            return body.Problem!;

        if (await throttle.TakeAsync("register", null, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);
        if (person.Invitation is { } token)
            return await RegisterInvitedAsync(request, person, token, cancellation);

        var session = await signIn.RegisterAsync(
            person.Email, person.Password, person.Name, UserAgentOf(request), cancellation);
        if (session is null)
            return Problems.Conflict("There is an account with this e-mail address.");
        // Nobody needs many accounts without an address: these go on counting.
        if (person.Email is not null)
        {
            await throttle.ForgiveAsync("register", null, cancellation);
            // One that finds no room is asked for once more.
            mail.TryAddVerification(scope.Actor.UserId!.Value);
        }
        return Results.Json(session, Json.Options, statusCode: StatusCodes.Status201Created);
    }

    [Function(nameof(ClaimAccount))]
    [Operation(
        Permissions.SignedIn, Grants = GrantKind.Session, Body = typeof(NewCredentials), Answer = typeof(Account))]
    public async Task<IResult> ClaimAccount(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/claim")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewCredentials>(request, cancellation);
        if (body.Value is not { } credentials)
            return body.Problem!;

        var hash = await passwords.HashAsync(credentials.Password, cancellation);
        var change = await accounts.ClaimAsync(credentials.Email, hash, cancellation);
        if (change is AccountChange.Done(var account))
        {
            mail.TryAddVerification(account.Id);
            return Conditional.Ok(request, account.Version, account);
        }
        return change switch
        {
            AccountChange.EmailTaken => Problems.Conflict("There is an account with this e-mail address."),
            _ => Problems.Conflict("This account has been claimed."),
        };
    }

    /// <summary>The answer is the same, in content and time, for a wrong password and for no such account.</summary>
    [Function(nameof(LogIn))]
    [Operation(
        Permissions.Anyone, Grants = GrantKind.Session, Body = typeof(Credentials), Answer = typeof(SignedSession),
        ShowsSecret = true)]
    public async Task<IResult> LogIn(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/login")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<Credentials>(request, cancellation);
        if (body.Value is not { } credentials)
            return body.Problem!;

        if (await throttle.TakeAsync("login", credentials.Email, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        var session = await signIn.WithPasswordAsync(
            credentials.Email, credentials.Password, UserAgentOf(request), cancellation);
        if (session is null)
            return Problems.Unauthorized("There is no account with this e-mail address and password.");
        await throttle.ForgiveAsync("login", credentials.Email, cancellation);
        return Results.Json(session, Json.Options);
    }

    /// <summary>A new token for the session, good for as long as the first was. The old one ends in a minute.</summary>
    [Function(nameof(RefreshSession))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Answer = typeof(SignedSession), ShowsSecret = true)]
    public async Task<IResult> RefreshSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/refresh")] HttpRequest request,
        CancellationToken cancellation) =>
        await sessions.RefreshAsync(caller.Value.SessionId!.Value, caller.Value.TokenId!.Value, cancellation)
            is { } session
            ? Results.Json(session, Json.Options)
            : Problems.Unauthorized("The session has ended.");

    [Function(nameof(LogOut))]
    [Operation(Permissions.SignedIn, Grants = GrantKind.Session, Status = 204)]
    public async Task<IResult> LogOut(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/logout")] HttpRequest request,
        CancellationToken cancellation)
    {
        await sessions.TryRevokeAsync(caller.Value.SessionId!.Value, cancellation);
        return Results.NoContent();
    }

    private async Task<IResult> RegisterInvitedAsync(
        HttpRequest request, NewPerson person, string token, CancellationToken cancellation)
    {
        if (await invitations.FindOpenAsync(token, cancellation) is not { } invitation)
            return NotOpen();
        if ((invitation.Email ?? person.Email) is not { } email)
            return Problems.Invalid("email", "expected an e-mail address: the invitation names none");
        if (person.Email is { } given && !given.Equals(email, StringComparison.OrdinalIgnoreCase))
            return Problems.Forbidden("This invitation is for another e-mail address.");
        if (PasswordRules.Error(person.Password!, email) is { } error)
            return Problems.Invalid("password", error);

        var acceptance = await signIn.RegisterInvitedAsync(
            invitation, email, person.Password!, person.Name, cancellation);
        if (acceptance is Acceptance.NobodyMade)
            return Problems.Conflict(
                "There is an account with this e-mail address. Sign in to it, and accept the invitation.");
        if (acceptance is not Acceptance.Joined)
            return NotOpen();
        await throttle.ForgiveAsync("register", null, cancellation);
        if (invitation.Email is null)
            mail.TryAddVerification(scope.Actor.UserId!.Value);
        return Results.Json(
            await signIn.OpenAsync(UserAgentOf(request), cancellation), Json.Options,
            statusCode: StatusCodes.Status201Created);
    }

    private static Problem NotOpen() =>
        Problems.Invalid("invitation", "expected the token of an invitation that is open");

    private static string UserAgentOf(HttpRequest request) => request.Headers.UserAgent.ToString();
}
