using Npgsql;

namespace Assay;

/// <param name="Status">open, accepted, revoked or expired.</param>
public sealed record Invitation(
    Guid Id, string? Email, string Role, string Status, Guid? InvitedBy, Guid? AcceptedBy, DateTimeOffset ExpiresAt,
    DateTimeOffset CreatedAt);

/// <summary>What became of an attempt to accept an invitation.</summary>
public abstract record Acceptance
{
    public sealed record Joined(Organization Organization) : Acceptance;

    /// <summary>Unknown, expired, revoked, or used before.</summary>
    public sealed record NotLive : Acceptance;

    public sealed record ForAnotherAddress : Acceptance;

    /// <summary>The invitation stays open.</summary>
    public sealed record MemberAlready : Acceptance;

    /// <summary>Who was to join could not be made. The invitation stays open.</summary>
    public sealed record NobodyMade : Acceptance;
}

/// <summary>An invitation that is open, as who has its token sees it.</summary>
/// <param name="Email">Whoever has the token reads the mail of this address; null of one that was handed over.</param>
/// <param name="Token">Its hash.</param>
public sealed record OpenInvitation(Guid Id, Guid OrganizationId, string? Email, byte[] Token);

/// <summary>Invitations to the organization: each is for one person, once, until it expires.</summary>
public sealed class InvitationStore(
    IdentityDatabase database, OrganizationScope scope, OrganizationRegistry registry, Caps caps)
{
    /// <summary>What every invitation's token begins with.</summary>
    public const string Prefix = "asi_";

    private const string Columns =
        """
        id, email, role,
        case when accepted_at is not null then 'accepted'
            when revoked_at is not null then 'revoked'
            when expires_at <= now() then 'expired'
            else 'open' end as status,
        invited_by, accepted_by, expires_at, created_at
        from ops.invitation
        """;

    /// <summary>Newest first.</summary>
    /// <param name="status">Only those of this status; null takes all.</param>
    public Task<IReadOnlyList<Invitation>> ListAsync(
        string? status, Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<Invitation>(
            $"""
            select * from (select {Columns} where organization_id = @Organization) invitation
            where (@status::text is null or status = @status) and (@after::uuid is null or id < @after)
            order by id desc
            limit @limit
            """,
            new { Organization = scope.Id, status, after, limit }, cancellation);

    public Task<Invitation?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Invitation>($"select {Columns} where id = @id", new { id }, cancellation);

    /// <summary>
    /// Invites, instead of any open invitation to the same address. Returns the token, which is not kept.
    /// </summary>
    /// <param name="email">
    /// Only an account with this address may accept, and the token is for mail to it alone: nobody else may see it.
    /// Null lets whoever has the token.
    /// </param>
    public async Task<(Invitation Invitation, string Token)> CreateAsync(
        string? email, Role role, TimeSpan lifetime, CancellationToken cancellation)
    {
        while (true)
        {
            var token = Secret.New(Prefix);
            try
            {
                return (await CreateAsync(email, role, lifetime, Secret.Hash(token), cancellation), token);
            }
            catch (PostgresException e) when (e.ConstraintName == "invitation_open_once")
            {
                // Somebody invited the same address at this very moment: that one is replaced as well.
            }
        }
    }

    private Task<Invitation> CreateAsync(
        string? email, Role role, TimeSpan lifetime, byte[] hash, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                // Before rows are locked that others wait for while it is their turn.
                await Caps.TakeTurnAsync(
                    transaction, KnownSettings.OpenInvitations, scope.Id!.Value, cancellation);
                var (id, name) = (Guid.CreateVersion7(), $"{role}".ToLowerInvariant());
                var made = await transaction.FindAsync<Made>(
                    "select * from ops.create_invitation(@id, @email, @name, @hash, @lifetime)",
                    new { id, email, name, hash, lifetime }, cancellation);
                // Afterwards, since it may have replaced one.
                await caps.EnsureRoomAsync(
                    transaction, KnownSettings.OpenInvitations, "open invitations", scope.Id!.Value,
                    """
                    select count(*) from ops.invitation
                    where organization_id = @owner and accepted_at is null and revoked_at is null
                        and expires_at > now()
                    """,
                    cancellation, more: 0);
                return new Invitation(
                    id, email, name, "open", scope.Actor.UserId, null, made!.ExpiresAt, made.CreatedAt);
            },
            cancellation);

    /// <summary>False when it is no longer open.</summary>
    public Task<bool> TryRevokeAsync(Guid id, CancellationToken cancellation) =>
        database.ValueAsync<bool>("select ops.revoke_invitation(@id)", new { id }, cancellation);

    /// <summary>Null for a token that is unknown, expired, revoked, or used.</summary>
    public Task<OpenInvitation?> FindOpenAsync(string token, CancellationToken cancellation) =>
        FindOpenAsync(Secret.Hash(token), cancellation);

    /// <inheritdoc cref="FindOpenAsync(string, CancellationToken)"/>
    internal Task<OpenInvitation?> FindOpenAsync(byte[] hash, CancellationToken cancellation) =>
        database.FindAsync<OpenInvitation>(
            "select *, @hash as token from ops.find_invitation(@hash)", new { hash }, cancellation);

    /// <summary>The caller, a person, joins the organization that a token leads to.</summary>
    public async Task<Acceptance> AcceptAsync(string token, CancellationToken cancellation) =>
        await FindOpenAsync(token, cancellation) is { } found
            ? await AcceptAsync(found, _ => Task.FromResult(true), cancellation)
            : new Acceptance.NotLive();

    /// <summary>The same for an invitation that was found a moment ago.</summary>
    /// <param name="make">Makes the caller's account in the same transaction, if it can: there is both or none.</param>
    internal Task<Acceptance> AcceptAsync(
        OpenInvitation found, Func<DatabaseTransaction, Task<bool>> make, CancellationToken cancellation) =>
        registry.Inside(found.OrganizationId).InTransactionAsync(
            async transaction =>
            {
                // One at a time: the second waits here, and then finds it accepted.
                if (!await transaction.ValueAsync<bool>(
                        "select ops.hold_invitation(@Token)", new { found.Token }, cancellation))
                    return new Acceptance.NotLive();
                return await make(transaction)
                    ? await AcceptAsync(transaction, found, cancellation)
                    : new Acceptance.NobodyMade();
            },
            cancellation);

    private static async Task<Acceptance> AcceptAsync(
        DatabaseTransaction transaction, OpenInvitation found, CancellationToken cancellation)
    {
        var accepted = await transaction.FindAsync<Accepted>(
            "select * from ops.accept_invitation(@Token, @membership)",
            new { found.Token, membership = Guid.CreateVersion7() }, cancellation);
        return accepted?.Outcome switch
        {
            "joined" => new Acceptance.Joined((await transaction.FindAsync<Organization>(
                """
                select id, name, slug, @Role as role, created_at, updated_at from ops.organization
                where id = @OrganizationId
                """,
                new { found.OrganizationId, accepted.Role }, cancellation))!),
            "other_address" => new Acceptance.ForAnotherAddress(),
            "member_already" => new Acceptance.MemberAlready(),
            _ => new Acceptance.NotLive(),
        };
    }

    private sealed record Made(DateTimeOffset ExpiresAt, DateTimeOffset CreatedAt);

    private sealed record Accepted(string Outcome, string? Role);
}
