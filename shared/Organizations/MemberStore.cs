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
}

/// <summary>Who belongs to the organization.</summary>
public sealed class MemberStore(Database database, OrganizationScope scope)
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

    public Task<MemberChange> ChangeRoleAsync(Member known, Role role, CancellationToken cancellation) =>
        ChangeAsync(known, "role = @value", $"{role}".ToLowerInvariant(), cancellation);

    /// <summary>Ends a membership. What the person made stays; keys and credentials of theirs end with it.</summary>
    public Task<MemberChange> RemoveAsync(Member known, CancellationToken cancellation) =>
        ChangeAsync(known, "status = @value", "removed", cancellation);

    private async Task<MemberChange> ChangeAsync(
        Member known, string set, string value, CancellationToken cancellation)
    {
        try
        {
            var changed = await database.ChangedAsync(
                $"""
                update ops.organization_user set {set}, updated_at = clock_timestamp()
                where organization_id = @Organization and user_id = @Id and status = 'active'
                    and updated_at = @UpdatedAt
                """,
                new { Organization = scope.Id, known.Id, known.UpdatedAt, value }, cancellation);
            return changed ? MemberChange.Done : MemberChange.Stale;
        }
        catch (PostgresException e) when (e.ConstraintName == "organization_keeps_an_owner")
        {
            return MemberChange.LastOwner;
        }
    }
}
