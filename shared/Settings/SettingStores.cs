namespace Assay;

/// <summary>
/// Settings of another scope than the present one, for the installation's administrators: of any organization, or of
/// the installation itself, which nothing that acts for an organization may change.
/// </summary>
public sealed class SettingStores(
    DatabasePools pools, OrganizationScope present, SettingDefaults defaults, SettingMemory memory)
{
    /// <summary>Null when there is no such organization. It is the present actor who acts.</summary>
    /// <param name="organization">Null for the installation.</param>
    public async Task<SettingStore?> FindAsync(Guid? organization, CancellationToken cancellation)
    {
        var scope = present.Beside(organization);
        var database = new Database(pools, scope);
        if (organization is { } id && !await database.ValueAsync<bool>(
            "select exists (select from ops.organization where id = @id and deleted_at is null)",
            new { id }, cancellation))
            return null;
        return new(database, scope, defaults, memory) { IsAdministrators = true };
    }
}
