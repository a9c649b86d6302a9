namespace Assay;

/// <summary>What was begun and comes back.</summary>
/// <param name="Invitation">The hash of an invitation's token that it was begun with.</param>
/// <param name="Challenge">Of who is to exchange a code; null where none is given out.</param>
/// <param name="UserId">Whose account an identity is linked to; null for a sign-in, or when the session ended.</param>
public sealed record EndedVisit(string? ReturnTo, bool IsLinking, Guid? UserId, byte[]? Invitation, byte[]? Challenge);

/// <summary>Sign-ins on their way to a provider and back.</summary>
public sealed class ProviderVisits(IdentityDatabase database)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <param name="session">Of who links an identity to their account; null of who signs in.</param>
    /// <param name="invitation">The token of one that who signs in comes by.</param>
    /// <param name="challenge">Of who is to exchange a code; see <see cref="SignInChallenge"/>.</param>
    public Task BeginAsync(
        ProviderVisit visit, string provider, string? returnTo, Guid? session, string? invitation, byte[]? challenge,
        CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            select ops.begin_provider_visit(
                @state, @browser, @provider, @returnTo, @session, @invitation, @challenge, @Lifetime)
            """,
            new
            {
                state = Secret.Hash(visit.State), browser = Secret.Hash(visit.Browser), provider, returnTo, session,
                invitation = invitation is null ? null : Secret.Hash(invitation), challenge, Lifetime,
            },
            cancellation);

    /// <summary>Each visit ends once, in the browser that began it; null otherwise.</summary>
    public Task<EndedVisit?> EndAsync(
        string state, string browser, string provider, CancellationToken cancellation) =>
        database.FindAsync<EndedVisit>(
            "select * from ops.end_provider_visit(@state, @browser, @provider)",
            new { state = Secret.Hash(state), browser = Secret.Hash(browser), provider }, cancellation);
}
