using Npgsql;

namespace Assay;

/// <summary>An organization that was deleted, and its folder in the inbox.</summary>
public sealed record DeletedOrganization(Guid Id, string Slug);

/// <summary>Removes what deleted organizations leave behind, once nobody can want it back.</summary>
public sealed class OrganizationPurge(JobDatabase database)
{
    /// <summary>Longest deleted first.</summary>
    public Task<IReadOnlyList<DeletedOrganization>> ListAsync(
        DateTimeOffset deletedBefore, int limit, CancellationToken cancellation) =>
        database.ListAsync<DeletedOrganization>(
            """
            select id, slug from ops.organization
            where deleted_at < @deletedBefore
            order by deleted_at
            limit @limit
            """,
            new { deletedBefore, limit }, cancellation);

    /// <summary>
    /// Removes every row of an organization. Safe to repeat. False while something still works in it, and the two would
    /// wait for each other.
    /// </summary>
    public async Task<bool> TryRemoveAsync(Guid id, CancellationToken cancellation)
    {
        try
        {
            await database.ExecuteAsync(
                "delete from ops.organization where id = @id and deleted_at is not null", new { id }, cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }
}
