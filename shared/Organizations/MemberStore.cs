using System.Text.Json.Serialization;
using Npgsql;

namespace Assay;

/// <param name="Id">The user's.</param>
public sealed record Member(
    Guid Id, string? Email, string? Username, string? Name, string? AvatarUrl, string Role, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static Member Example => new(
        Sample.Id, "someone@example.com", null, "Someone", null, "admin", Sample.At, Sample.At);

    /// <summary>For <c>ETag</c> and <c>If-Match</c>.</summary>
    [JsonIgnore]
    public string Version => $"{UpdatedAt.UtcTicks:x}";

    [JsonIgnore]
    public Role Rank => Enum.Parse<Role>(Role, ignoreCase: true);
}

public enum MemberChange
{
    Done,

    /// <summary>Somebody changed or removed the member meanwhile.</summary>
    Stale,

    /// <summary>There would be no owner left.</summary>
    LastOwner,

    /// <summary>Whom something was to be handed over to is no member.</summary>
    NoReceiver,

    /// <summary>Whose it was to be taken from is a member.</summary>
    StillMember,
}

/// <summary>Who belongs to the organization.</summary>
public sealed class MemberStore(IdentityDatabase database, OrganizationScope scope)
{
    private const string Members =
        """
        select u.id, u.email, u.username, u.name, u.avatar_url, m.role, m.created_at, m.updated_at
        from ops.organization_user m
        join ops.user_account u on u.id = m.user_id
        where m.organization_id = @Organization and m.status = 'active'
        """;

    /// <param name="role">Only members of this role; null takes all.</param>
    /// <param name="text">What name, user name or e-mail address contain, in any case; null takes all.</param>
    public Task<IReadOnlyList<Member>> ListAsync(
        Role? role, string? text, Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<Member>(
            $"""
            {Members}
                and (@role::text is null or m.role = @role)
                and (@text::text is null
                    or strpos(lower(concat_ws(' ', u.name, u.username, u.email)), lower(@text)) > 0)
                and (@after::uuid is null or u.id > @after)
            order by u.id
            limit @limit
            """,
            new { Organization = scope.Id, role = role?.ToString().ToLowerInvariant(), text, after, limit },
            cancellation);

    public Task<Member?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Member>($"{Members} and u.id = @id", new { Organization = scope.Id, id }, cancellation);

    /// <summary>What the member handed out and could not hand out in this role is withdrawn.</summary>
    public Task<MemberChange> ChangeRoleAsync(Member known, Role role, CancellationToken cancellation) =>
        GuardedAsync(async () => await database.ValueAsync<bool>(
            "select ops.change_member(@Id, @UpdatedAt, @role)",
            new { known.Id, known.UpdatedAt, role = $"{role}".ToLowerInvariant() }, cancellation)
            ? MemberChange.Done
            : MemberChange.Stale);

    /// <summary>
    /// Ends a membership. What the person made stays; keys, credentials, shares, links and open invitations of theirs
    /// end with it.
    /// </summary>
    /// <param name="receiver">Who owns their private entities from here on; null seals them.</param>
    public Task<MemberChange> RemoveAsync(Member known, Guid? receiver, CancellationToken cancellation) =>
        GuardedAsync(() => database.InTransactionAsync(
            async transaction =>
            {
                if (!await transaction.ValueAsync<bool>(
                        "select ops.remove_member(@Id, @UpdatedAt)", new { known.Id, known.UpdatedAt }, cancellation))
                    return MemberChange.Stale;
                await SettleAsync(transaction, known.Id, receiver, cancellation);
                return MemberChange.Done;
            },
            cancellation));

    /// <summary>How many entities only a member sees.</summary>
    public Task<long> CountPrivateAsync(Guid id, CancellationToken cancellation) =>
        database.ValueAsync<long>("select core.count_private(@id)", new { id }, cancellation);

    /// <summary>Hands over what a former member owns privately. Says how many entities that are.</summary>
    public async Task<(MemberChange Change, long Entities)> HandOverAsync(
        Guid former, Guid receiver, CancellationToken cancellation)
    {
        var entities = 0L;
        var change = await GuardedAsync(() => database.InTransactionAsync(
            async transaction =>
            {
                entities = await SettleAsync(transaction, former, receiver, cancellation);
                return MemberChange.Done;
            },
            cancellation));
        return (change, entities);
    }

    private static Task<long> SettleAsync(
        DatabaseTransaction transaction, Guid former, Guid? receiver, CancellationToken cancellation) =>
        transaction.ValueAsync<long>(
            "select core.settle_private(@former, @receiver)", new { former, receiver }, cancellation);

    private static async Task<MemberChange> GuardedAsync(Func<Task<MemberChange>> change)
    {
        try
        {
            return await change();
        }
        catch (PostgresException e) when (e.ConstraintName == "organization_keeps_an_owner")
        {
            return MemberChange.LastOwner;
        }
        catch (PostgresException e) when (e.ConstraintName == "private_goes_to_a_member")
        {
            return MemberChange.NoReceiver;
        }
        catch (PostgresException e) when (e.ConstraintName == "private_is_the_members")
        {
            return MemberChange.StillMember;
        }
    }
}
