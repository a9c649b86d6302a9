using System.Text.Json;

namespace Assay;

/// <summary>What a flag or setting is, and why.</summary>
/// <param name="Value">The one that holds.</param>
/// <param name="Installation">What the row of the installation says; null without one.</param>
/// <param name="Organization">What the organization's own row says; null without one.</param>
public sealed record SettingState(Setting Setting, object Value, SettingRow? Installation, SettingRow? Organization)
{
    /// <summary>Changes when either row does.</summary>
    public string Version => $"{Installation?.Version ?? 0}-{Organization?.Version ?? 0}";
}

/// <summary>A value that somebody set.</summary>
/// <param name="Version">Never given twice.</param>
public sealed record SettingRow(object Value, long Version, DateTimeOffset UpdatedAt);

/// <summary>
/// Reads and writes flags and settings as the database's scope sees them: with an organization its overrides, without
/// one what holds for the installation.
/// </summary>
public sealed class SettingStore(
    Database database, OrganizationScope scope, SettingDefaults defaults, SettingMemory memory)
{
    /// <summary>Whether an administrator of the installation acts, who may change all that there is.</summary>
    public bool IsAdministrators { get; init; }

    public bool MayChange(Setting setting) => IsAdministrators || setting.OrganizationsMayChange;

    /// <summary>Every flag and setting, in one round trip.</summary>
    public Task<IReadOnlyDictionary<string, SettingState>> ListAsync(CancellationToken cancellation) =>
        ListAsync(database.ListAsync<Row>, cancellation);

    /// <summary>The same within a transaction, which needs no second connection for it.</summary>
    internal Task<IReadOnlyDictionary<string, SettingState>> ListAsync(
        DatabaseTransaction transaction, CancellationToken cancellation) =>
        ListAsync(transaction.ListAsync<Row>, cancellation);

    private async Task<IReadOnlyDictionary<string, SettingState>> ListAsync(
        Func<string, object?, CancellationToken, Task<IReadOnlyList<Row>>> list, CancellationToken cancellation)
    {
        var rows = await list(
            """
            select name, false as own, to_jsonb(enabled) as value, version, updated_at from ops.feature_flag
            union all
            select name, true, to_jsonb(enabled), version, updated_at from ops.feature_flag_override
            union all
            select name, false, value, version, updated_at from ops.setting
            union all
            select name, true, value, version, updated_at from ops.setting_override
            """,
            null, cancellation);
        var byName = rows.ToLookup(row => row.Name);
        return FeatureFlags.All.Concat(KnownSettings.All)
            .ToDictionary(setting => setting.Name, setting => StateOf(setting, byName[setting.Name]));
    }

    /// <inheritdoc cref="SettingSnapshot.Unclaimed"/>
    internal Task<bool> IsUnclaimedAsync(CancellationToken cancellation) =>
        IsUnclaimedAsync(database.ValueAsync<bool>, cancellation);

    /// <inheritdoc cref="SettingSnapshot.Unclaimed"/>
    internal Task<bool> IsUnclaimedAsync(DatabaseTransaction transaction, CancellationToken cancellation) =>
        IsUnclaimedAsync(transaction.ValueAsync<bool>, cancellation);

    private async Task<bool> IsUnclaimedAsync(
        Func<string, object?, CancellationToken, Task<bool>> ask, CancellationToken cancellation) =>
        scope.Id is { } organization
        && await ask("select ops.is_unclaimed(@organization)", new { organization }, cancellation);

    public async Task<SettingState> FindAsync(Setting setting, CancellationToken cancellation) =>
        (await ListAsync(cancellation))[setting.Name];

    /// <summary>
    /// Sets the scope's own row. False when it is not what <paramref name="seen"/> says any more.
    /// </summary>
    public Task<bool> TrySetAsync(SettingState seen, object value, CancellationToken cancellation)
    {
        var (table, column, cast) = TableOf(seen.Setting);
        var (ownerColumn, owner) = scope.Id is null ? ("", "") : ("organization_id, ", "@Organization, ");
        return TryChangeAsync(
            OwnRow(seen) is null
                ? $"""
                insert into {table} (id, {ownerColumn}name, {column})
                values (@Id, {owner}@Name, @Value::jsonb{cast})
                on conflict do nothing
                """
                : $"""
                update {table}
                set {column} = @Value::jsonb{cast}, version = nextval('ops.setting_version'), updated_at = now()
                where name = @Name and version = @Version
                """,
            new
            {
                Id = Guid.CreateVersion7(),
                Organization = scope.Id,
                seen.Setting.Name,
                Value = JsonSerializer.SerializeToElement(value),
                OwnRow(seen)?.Version,
            },
            cancellation);
    }

    /// <summary>
    /// Removes the scope's own row, so that what is behind it holds again. False as for <see cref="TrySetAsync"/>.
    /// </summary>
    public async Task<bool> TryResetAsync(SettingState seen, CancellationToken cancellation) =>
        OwnRow(seen) is not { } row
        || await TryChangeAsync(
            $"delete from {TableOf(seen.Setting).Table} where name = @Name and version = @Version",
            new { seen.Setting.Name, row.Version }, cancellation);

    private async Task<bool> TryChangeAsync(string sql, object parameters, CancellationToken cancellation)
    {
        var changed = await database.ChangedAsync(sql, parameters, cancellation);
        memory.Forget(scope.Id);
        return changed;
    }

    private SettingRow? OwnRow(SettingState state) => scope.Id is null ? state.Installation : state.Organization;

    private (string Table, string Column, string Cast) TableOf(Setting setting)
    {
        var suffix = scope.Id is null ? "" : "_override";
        return setting is FeatureFlag
            ? ($"ops.feature_flag{suffix}", "enabled", "::boolean")
            : ($"ops.setting{suffix}", "value", "");
    }

    private SettingState StateOf(Setting setting, IEnumerable<Row> rows)
    {
        SettingRow? installation = null, organization = null;
        foreach (var row in rows)
        {
            // One that another version of the app wrote may be out of this one's range: as if it were not there.
            if (setting.Read(row.Value) is not { } value)
                continue;
            var found = new SettingRow(value, row.Version, row.UpdatedAt);
            (installation, organization) = row.Own ? (installation, found) : (found, organization);
        }
        return new(
            setting, organization?.Value ?? installation?.Value ?? defaults.Of(setting), installation, organization);
    }

    private sealed record Row(string Name, bool Own, JsonElement Value, long Version, DateTimeOffset UpdatedAt);
}
