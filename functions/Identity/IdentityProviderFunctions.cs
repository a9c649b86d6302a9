using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Signing in with a provider: the browser goes there, and comes back with a code.</summary>
public sealed class IdentityProviderFunctions(
    IdentityProviders providers,
    ProviderVisits visits,
    ProviderSignIn providerSignIn,
    SignIn signIn,
    InvitationStore invitations,
    Authentication authentication,
    LoginThrottle throttle,
    ReturnAddresses addresses)
{
    [Function(nameof(ListIdentityProviders))]
    [Operation(Permissions.Anyone, Answer = typeof(IdentityProviderList))]
    public IResult ListIdentityProviders(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "auth/providers")] HttpRequest request) =>
        Results.Json(new IdentityProviderList([.. providers.Names]), Json.Options);

    /// <summary>
    /// Sends the browser to a provider, to sign in there; with the credential of a session, to link the identity there
    /// to its account. A client that asks for JSON is told where instead.
    /// </summary>
    [Function(nameof(StartProviderSignIn))]
    [Operation(
        Permissions.Anyone, Grants = GrantKind.Session, Query = typeof(StartQuery), Answer = typeof(SignInAddress),
        AsksProvider = true, ShowsSecret = true)]
    public async Task<IResult> StartProviderSignIn(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "auth/{provider}/start")] HttpRequest request,
        string provider,
        CancellationToken cancellation)
    {
        if (Query.Read<StartQuery>(request, out var query) is { } problem)
            return problem;

        var (location, refusal) = await StartAsync(
            request, provider, new(query.ReturnTo, null, query.Challenge), cancellation);
        if (refusal is not null)
            return refusal;
        return request.GetTypedHeaders().Accept.Any(type => type.MediaType == "application/json")
            ? Results.Json(location, Json.Options)
            : Results.Redirect(location!.Location.AbsoluteUri);
    }

    /// <summary>
    /// The same for whoever is invited: tells where the browser is to go. An invitation's token has no place in an
    /// address, which servers between here and there may log.
    /// </summary>
    [Function(nameof(StartInvitedSignIn))]
    [Operation(
        Permissions.Anyone, Grants = GrantKind.Session, Body = typeof(SignInStart), Answer = typeof(SignInAddress),
        AsksProvider = true, ShowsSecret = true)]
    public async Task<IResult> StartInvitedSignIn(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/{provider}/start")] HttpRequest request,
        string provider,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<SignInStart>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var (location, refusal) = await StartAsync(request, provider, wanted, cancellation);
        return refusal ?? Results.Json(location, Json.Options);
    }

    /// <summary>
    /// Where a provider sends the browser back to. Answers with a session, or where <c>returnTo</c> was given, sends it
    /// on there with a code behind <c>#code=</c>, good once for a minute at <c>auth/exchange</c>, with the verifier of
    /// the challenge that it began with.
    /// </summary>
    [Function(nameof(EndProviderSignIn))]
    [Operation(
        Permissions.Anyone, Grants = GrantKind.Session, Query = typeof(CallbackQuery), OpenQuery = true,
        Answer = typeof(SignedSession), AsksProvider = true, ShowsSecret = true)]
    public async Task<IResult> EndProviderSignIn(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "auth/{provider}/callback")] HttpRequest request,
        string provider,
        CancellationToken cancellation)
    {
        if (providers.Find(provider) is not { } found)
            return Problems.NotFound("provider", provider);
        if (addresses.CallbackOf(request, provider) is not { } callback)
            return ReturnAddresses.NotKnown();
        var query = CallbackQuery.Of(request);
        if (query.State is null || VisitCookie.Take(request, query.State, callback) is not { } browser
            || await visits.EndAsync(query.State, browser, provider, cancellation) is not { } ended)
            return Problems.Malformed(
                "This sign-in was not begun in this browser, has ended, or took longer than ten minutes. Begin again.");
        if (query.Code is null)
            return Problems.Forbidden($"{provider} let nobody in: {query.Reason}.");
        if (ended is { IsLinking: true, UserId: null })
            return Problems.Unauthorized("The session that began this has ended.");

        var visit = new ProviderVisit(query.State, browser, callback);
        var identity = await found.RedeemAsync(visit, query.Code, query.Issuer, cancellation);
        return ended.UserId is { } user
            ? await LinkAsync(user, identity, ended.ReturnTo, cancellation)
            : await ArriveAsync(request, identity, ended, cancellation);
    }

    /// <summary>A session for the code that a sign-in with a provider ended with.</summary>
    [Function(nameof(ExchangeCode))]
    [Operation(
        Permissions.Anyone, Grants = GrantKind.Session, Body = typeof(SignInCode), Answer = typeof(SignedSession),
        ShowsSecret = true)]
    public async Task<IResult> ExchangeCode(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "auth/exchange")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<SignInCode>(request, cancellation);
        if (body.Value is not { } given)
            return body.Problem!;
        if (await throttle.TakeAsync("token", null, cancellation) is { } wait)
            return Problems.TooManyAttempts(wait);

        if (await providerSignIn.ExchangeAsync(
                given.Code, given.Verifier, $"{request.Headers.UserAgent}", cancellation)
            is not { } session)
            return Problems.Unauthorized(
                "The code is unknown, was used, is older than a minute, or was given to somebody else.");
        await throttle.ForgiveAsync("token", null, cancellation);
        return Results.Json(session, Json.Options);
    }

    private async Task<(SignInAddress? Location, Problem? Refusal)> StartAsync(
        HttpRequest request, string provider, SignInStart wanted, CancellationToken cancellation)
    {
        if (providers.Find(provider) is not { } found)
            return (null, Problems.NotFound("provider", provider));
        if (addresses.CallbackOf(request, provider) is not { } callback)
            return (null, ReturnAddresses.NotKnown());
        if (!addresses.TryRead(wanted.ReturnTo, out var returnTo))
            return (null, Problems.Invalid(
                "returnTo", "expected a path here, or an address whose origin is allowed"));
        var (caller, refusal) = await authentication.ReadAsync(request, Permissions.SignedIn, cancellation);
        if (refusal is not null)
            return (null, refusal);
        if (await throttle.TakeAsync("provider", null, cancellation) is { } wait)
            return (null, Problems.TooManyAttempts(wait));

        if (wanted.Invitation is { } token && (caller!.SessionId is not null
            || await invitations.FindOpenAsync(token, cancellation) is not { Email: not null }))
            return (null, Problems.Invalid(
                "invitation", "expected the token of an open invitation to an address, and nobody signed in"));

        var challenge = wanted.Challenge is { } text ? SignInChallenge.Read(text) : null;
        var givesCode = returnTo is not null && caller!.SessionId is null;
        if (challenge is null && (givesCode || wanted.Challenge is not null))
            return (null, Problems.Invalid("challenge", $"expected {SignInChallenge.Expected}"));

        var visit = ProviderVisit.New(callback);
        var location = await found.AuthorizationAsync(visit, cancellation);
        await visits.BeginAsync(
            visit, provider, returnTo, caller!.SessionId, wanted.Invitation, challenge, cancellation);
        VisitCookie.Set(request, visit);
        return (new(location), null);
    }

    private async Task<IResult> ArriveAsync(
        HttpRequest request, ExternalIdentity identity, EndedVisit ended, CancellationToken cancellation)
    {
        var recognition = ended.Invitation is { } invitation
            ? await providerSignIn.ArriveInvitedAsync(identity, invitation, cancellation)
            : await providerSignIn.ArriveAsync(identity, cancellation);
        if (recognition == Recognition.SignedIn)
            await throttle.ForgiveAsync("provider", null, cancellation);
        return recognition switch
        {
            Recognition.SignedIn when ended is { ReturnTo: { } page, Challenge: { } challenge } =>
                Results.Redirect($"{page}#code={await providerSignIn.NewCodeAsync(challenge, cancellation)}"),
            Recognition.SignedIn => Results.Json(
                await signIn.OpenAsync($"{request.Headers.UserAgent}", cancellation), Json.Options),
            Recognition.EmailTaken => Problems.Conflict(
                "There is an account with this e-mail address. Sign in to it as before, and link "
                + $"{identity.Provider} there; if you cannot, set a new password by mail."),
            Recognition.NotInvited => Problems.Forbidden("The invitation is open no more."),
            Recognition.InvitedElsewhere => Problems.Forbidden(
                $"The invitation is for another e-mail address than the one that {identity.Provider} has verified."),
            _ => Problems.Forbidden("The account of this identity may not be used."),
        };
    }

    private async Task<IResult> LinkAsync(
        Guid user, ExternalIdentity identity, string? returnTo, CancellationToken cancellation)
    {
        if (await providerSignIn.LinkAsync(user, identity, cancellation) != Recognition.SignedIn)
            return Problems.Conflict("This identity is linked to another account.");
        await throttle.ForgiveAsync("provider", null, cancellation);
        return returnTo is null ? Results.NoContent() : Results.Redirect(returnTo);
    }
}
