using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>How people come in and go.</summary>
public sealed class SignInFunctions(
    SignIn signIn, Passwords passwords, AccountStore accounts, SessionStore sessions, CurrentCaller caller)
{
    [Function(nameof(Register))]
    [Operation(Permissions.Anyone, Body = typeof(NewPerson), Answer = typeof(SignedSession), Status = 201)]
    public async Task<IResult> Register(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/register")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewPerson>(request, cancellation);
        if (body.Value is not { } person)
            return body.Problem!;

        var session = await signIn.RegisterAsync(
            person.Email, person.Password, person.Name, UserAgentOf(request), cancellation);
        return session is null
            ? Problems.Conflict("There is an account with this e-mail address.")
            : Results.Json(session, Json.Options, statusCode: StatusCodes.Status201Created);
    }

    [Function(nameof(ClaimAccount))]
    [Operation(Permissions.SignedIn, Body = typeof(NewCredentials), Answer = typeof(Account))]
    public async Task<IResult> ClaimAccount(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/claim")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewCredentials>(request, cancellation);
        if (body.Value is not { } credentials)
            return body.Problem!;

        var hash = await passwords.HashAsync(credentials.Password, cancellation);
        return await accounts.ClaimAsync(credentials.Email, hash, cancellation) switch
        {
            AccountChange.Done(var account) => Results.Json(account, Json.Options),
            AccountChange.EmailTaken => Problems.Conflict("There is an account with this e-mail address."),
            _ => Problems.Conflict("This account has been claimed."),
        };
    }

    /// <summary>The answer is the same, in content and time, for a wrong password and for no such account.</summary>
    [Function(nameof(LogIn))]
    [Operation(Permissions.Anyone, Body = typeof(Credentials), Answer = typeof(SignedSession))]
    public async Task<IResult> LogIn(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/login")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<Credentials>(request, cancellation);
        if (body.Value is not { } credentials)
            return body.Problem!;

        var session = await signIn.WithPasswordAsync(
            credentials.Email, credentials.Password, UserAgentOf(request), cancellation);
        return session is null
            ? Problems.Unauthorized("There is no account with this e-mail address and password.")
            : Results.Json(session, Json.Options);
    }

    /// <summary>A new token for the session, good for as long as the first one was. The old one ends in a minute.</summary>
    [Function(nameof(RefreshSession))]
    [Operation(Permissions.SignedIn, Answer = typeof(SignedSession))]
    public async Task<IResult> RefreshSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/refresh")] HttpRequest request,
        CancellationToken cancellation) =>
        await sessions.RefreshAsync(caller.Value.SessionId!.Value, caller.Value.TokenId!.Value, cancellation)
            is { } session
            ? Results.Json(session, Json.Options)
            : Problems.Unauthorized("The session has ended.");

    [Function(nameof(LogOut))]
    [Operation(Permissions.SignedIn, Status = 204)]
    public async Task<IResult> LogOut(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/logout")] HttpRequest request,
        CancellationToken cancellation)
    {
        await sessions.TryRevokeAsync(caller.Value.SessionId!.Value, cancellation);
        return Results.NoContent();
    }

    private static string UserAgentOf(HttpRequest request) => request.Headers.UserAgent.ToString();
}
