using Npgsql;

namespace Assay;

/// <summary>Where an identity led.</summary>
public enum Recognition
{
    /// <summary>To the account that it is linked to, or to a new one: the person is recognized.</summary>
    SignedIn,

    /// <summary>An account has its e-mail address, and no provider's word makes it this person's.</summary>
    EmailTaken,

    /// <summary>It is linked to another account, or that account may not be used.</summary>
    Refused,

    /// <summary>The invitation is open no more.</summary>
    NotInvited,

    /// <summary>The invitation is not to the address that the provider has verified, which is the account's.</summary>
    InvitedElsewhere,
}

/// <summary>
/// People come in by a provider. An identity leads to an account by provider and subject alone: an address that two
/// sides know, verified or not, never joins them, so that nobody gets into an account by way of its address, nor waits
/// in one for its owner to come.
/// </summary>
public sealed class ProviderSignIn(
    IdentityDatabase database,
    SignIn signIn,
    LinkedAccountStore linked,
    InvitationStore invitations,
    OrganizationScope scope)
{
    private const string CodePrefix = "asc_";

    private static readonly TimeSpan CodeLifetime = TimeSpan.FromMinutes(1);

    /// <summary>Signs in, with a new account where the identity leads to none.</summary>
    public async Task<Recognition> ArriveAsync(ExternalIdentity identity, CancellationToken cancellation)
    {
        if (await FindAsync(identity, cancellation) is { } known)
            return await ReturnAsync(known, identity, cancellation);

        return await CreateAsync(identity, null, cancellation);
    }

    /// <summary>The same by an invitation, which must be to the address that the provider has verified.</summary>
    /// <param name="hash">Of the invitation's token.</param>
    public async Task<Recognition> ArriveInvitedAsync(
        ExternalIdentity identity, byte[] hash, CancellationToken cancellation)
    {
        if (await invitations.FindOpenAsync(hash, cancellation) is not { } invitation)
            return Recognition.NotInvited;
        if (VerifiedAddressOf(identity) is not { } address
            || !address.Equals(invitation.Email, StringComparison.OrdinalIgnoreCase))
            return Recognition.InvitedElsewhere;
        if (await FindAsync(identity, cancellation) is not { } known)
            return await CreateAsync(identity, invitation, cancellation);

        if (await ReturnAsync(known, identity, cancellation) is var refused and not Recognition.SignedIn)
            return refused;
        return Outcome(await invitations.AcceptAsync(invitation, _ => Task.FromResult(true), cancellation));
    }

    /// <summary>Links the identity to the account of a person who is signed in.</summary>
    public async Task<Recognition> LinkAsync(Guid userId, ExternalIdentity identity, CancellationToken cancellation)
    {
        scope.Recognize(userId);
        if (await FindAsync(identity, cancellation) is not { } known)
            return await linked.TryAddAsync(identity, cancellation) ? Recognition.SignedIn : Recognition.Refused;
        if (known.UserId != userId)
            return Recognition.Refused;
        await linked.RenewAsync(known.Id, identity, cancellation);
        return Recognition.SignedIn;
    }

    /// <summary>A code for the person who was recognized, to be exchanged for a session within a minute.</summary>
    /// <param name="challenge">Of who may exchange it.</param>
    public async Task<string> NewCodeAsync(byte[] challenge, CancellationToken cancellation)
    {
        var code = Secret.New(CodePrefix);
        await database.ExecuteAsync(
            "select ops.begin_sign_in(@hash, @CodeLifetime)",
            new { hash = SignInChallenge.HashOf(code, challenge), CodeLifetime },
            cancellation);
        return code;
    }

    /// <summary>Null when the code is unknown, used or expired, or is for another verifier.</summary>
    public async Task<SignedSession?> ExchangeAsync(
        string code, string verifier, string userAgent, CancellationToken cancellation)
    {
        var hash = SignInChallenge.HashOf(code, SignInChallenge.OfVerifier(verifier));
        if (await database.FindAsync<Guid?>("select ops.take_sign_in(@hash)", new { hash }, cancellation)
            is not { } user)
            return null;
        scope.Recognize(user);
        return await signIn.OpenAsync(userAgent, cancellation);
    }

    private async Task<Recognition> ReturnAsync(
        Known known, ExternalIdentity identity, CancellationToken cancellation)
    {
        if (!known.IsActive)
            return Recognition.Refused;
        scope.Recognize(known.UserId);
        await linked.RenewAsync(known.Id, identity, cancellation);
        return Recognition.SignedIn;
    }

    private async Task<Recognition> CreateAsync(
        ExternalIdentity identity, OpenInvitation? invitation, CancellationToken cancellation)
    {
        scope.Recognize(Guid.CreateVersion7());
        var email = invitation?.Email ?? VerifiedAddressOf(identity);
        var account = new NewAccount(
            email, ShownText.NameOf(identity.Name, 255), null, email is not null, Picture(identity.AvatarUrl));
        var link = await linked.AddingAsync(identity, cancellation);
        try
        {
            if (invitation is not null)
                return Outcome(await signIn.CreateInvitedAsync(invitation, account, link, cancellation));
            return await signIn.TryCreateAsync(account, link, cancellation)
                ? Recognition.SignedIn
                : Recognition.EmailTaken;
        }
        catch (PostgresException e) when (e.ConstraintName == "auth_account_once")
        {
            // The same person came twice at once, and the other was first.
            return Recognition.Refused;
        }
    }

    private static Recognition Outcome(Acceptance acceptance) => acceptance switch
    {
        Acceptance.Joined or Acceptance.MemberAlready => Recognition.SignedIn,
        Acceptance.NobodyMade => Recognition.EmailTaken,
        Acceptance.ForAnotherAddress => Recognition.InvitedElsewhere,
        _ => Recognition.NotInvited,
    };

    private Task<Known?> FindAsync(ExternalIdentity identity, CancellationToken cancellation) =>
        database.FindAsync<Known>(
            "select * from ops.find_auth_account(@Provider, @Subject)",
            new { identity.Provider, identity.Subject }, cancellation);

    // What the provider has not verified is anybody's address.
    private static string? VerifiedAddressOf(ExternalIdentity identity) =>
        identity is { EmailVerified: true, Email: { } given } ? EmailAddress.Normalize(given) : null;

    private static string? Picture(string? url) => url is { Length: <= 512 } && OutboundUrl.IsValid(url) ? url : null;

    private sealed record Known(Guid Id, Guid UserId, bool IsActive);
}
