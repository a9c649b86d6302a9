namespace Assay;

/// <summary>The organization that the invocation acts for.</summary>
public sealed class OrganizationStore(IdentityDatabase database, OrganizationScope scope)
{
    /// <summary>Null when it was deleted a moment ago.</summary>
    public Task<Organization?> FindAsync(CancellationToken cancellation) =>
        database.FindAsync<Organization>(
            """
            select o.id, o.name, o.slug, m.role, o.created_at, o.updated_at
            from ops.organization o
            left join ops.organization_user m
                on m.organization_id = o.id and m.user_id = ops.current_user_id() and m.status = 'active'
            where o.id = @Id and o.deleted_at is null
            """,
            new { scope.Id }, cancellation);

    /// <summary>False when somebody changed it after <paramref name="known"/> was read.</summary>
    public Task<bool> TryRenameAsync(Organization known, string name, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select ops.rename_organization(@UpdatedAt, @name)", new { known.UpdatedAt, name }, cancellation);

    /// <summary>
    /// Ends the organization for everybody: sessions, keys and invitations no longer lead into it. Its slug stays
    /// taken until its rows are gone. False when somebody changed it after <paramref name="known"/> was read.
    /// </summary>
    public Task<bool> TryDeleteAsync(Organization known, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select ops.end_organization(@UpdatedAt)", new { known.UpdatedAt }, cancellation);
}
