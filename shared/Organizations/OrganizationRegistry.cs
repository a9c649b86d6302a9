using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Assay;

/// <summary>A tenant, as one of its members sees it.</summary>
/// <param name="Role">The member's; null where no member asks.</param>
public sealed record Organization(
    Guid Id, string Name, string Slug, string? Role, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>For <c>ETag</c> and <c>If-Match</c>: changes whenever the organization does.</summary>
    [JsonIgnore]
    public string Version => $"{UpdatedAt.UtcTicks:x}";
}

/// <summary>
/// Organizations beside the one that the invocation acts for: those of a person, and new ones. Everything here is done
/// as the caller, under row-level security of the organization concerned.
/// </summary>
public sealed partial class OrganizationRegistry(
    DatabasePools pools, IdentityDatabase database, OrganizationScope caller, Caps caps)
{
    public const int SlugLengthMax = 100;

    /// <summary>The organizations that the caller is an active member of, newest first.</summary>
    public Task<IReadOnlyList<Organization>> ListAsync(Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<Organization>(
            """
            select o.id, o.name, o.slug, m.role, o.created_at, o.updated_at
            from ops.organization o
            join ops.organization_user m on m.organization_id = o.id and m.status = 'active'
            where m.user_id = @User and o.deleted_at is null and (@after::uuid is null or o.id < @after)
            order by o.id desc
            limit @limit
            """,
            new { User = caller.Actor.UserId, after, limit }, cancellation);

    /// <summary>Makes an organization whose owner is the current person. Null when another has this slug.</summary>
    /// <exception cref="CapReachedException">The person owns as many as one may.</exception>
    public async Task<Organization?> CreateAsync(string name, string slug, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        var most = await caps.MostAsync(KnownSettings.OrganizationsPerAccount, cancellation);
        try
        {
            return await Inside(id).InTransactionAsync(
                async transaction =>
                {
                    await Caps.EnsureRoomAsync(
                        transaction, KnownSettings.OrganizationsPerAccount, most, "organizations that you own",
                        caller.Actor.UserId!.Value, Owned, cancellation);
                    await transaction.ExecuteAsync(
                        "select ops.create_organization(@id, @name, @slug, @membership)",
                        new { id, name, slug, membership = Guid.CreateVersion7() }, cancellation);
                    return (await transaction.FindAsync<Organization>(
                        """
                        select id, name, slug, 'owner' as role, created_at, updated_at
                        from ops.organization where id = @id
                        """,
                        new { id }, cancellation))!;
                },
                cancellation);
        }
        catch (PostgresException e) when (e.ConstraintName == "organization_slug_unique")
        {
            return null;
        }
    }

    /// <summary>The same under a slug made from the name, with a number where that is taken.</summary>
    public async Task<Organization> CreateAsync(string name, CancellationToken cancellation)
    {
        var slug = SlugOf(name);
        var organization = await CreateAsync(name, slug, cancellation);
        while (organization is null)
            organization = await CreateAsync(
                name, $"{slug}-{Random.Shared.Next(1000, 10_000_000)}", cancellation);
        return organization;
    }

    /// <summary>Letters, digits and single hyphens; <c>organization</c> where nothing of that is left.</summary>
    public static string SlugOf(string name)
    {
        var slug = NotInSlug().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return slug.Length == 0 ? "organization" : slug[..Math.Min(slug.Length, SlugLengthMax - 10)].TrimEnd('-');
    }

    /// <summary>The database as the caller sees it in another organization than the invocation's.</summary>
    internal IdentityDatabase Inside(Guid organization) => new(pools, caller.Beside(organization));

    private const string Owned =
        """
        select count(*) from ops.organization_user m
        join ops.organization o on o.id = m.organization_id and o.deleted_at is null
        where m.user_id = @owner and m.role = 'owner' and m.status = 'active'
        """;

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInSlug();
}
