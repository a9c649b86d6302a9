using Microsoft.Extensions.Configuration;

namespace Assay;

/// <summary>Runs of an organization, without an app.</summary>
internal static class RunStores
{
    /// <param name="admitted">Where to see what was admitted; null forgets it.</param>
    /// <param name="settings">Values of settings by their names, such as <c>runs-in-flight</c>.</param>
    public static RunStore RunsOf(
        this TestDatabase database, OrganizationScope scope, AdmittedRuns? admitted = null,
        params (Setting Setting, int Value)[] settings)
    {
        var app = new Database(database.Pools, scope);
        return new(app, scope, database.SettingsOf(scope, settings), admitted ?? new AdmittedRuns());
    }

    /// <summary>The settings of an organization, with other defaults than the code's.</summary>
    public static Settings SettingsOf(
        this TestDatabase database, OrganizationScope scope, params (Setting Setting, int Value)[] settings)
    {
        var app = new Database(database.Pools, scope);
        var defaults = new SettingDefaults(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(one =>
                KeyValuePair.Create<string, string?>($"Assay:Settings:{one.Setting.Name}", $"{one.Value}")))
            .Build());
        var memory = new SettingMemory(TimeProvider.System);
        return new(new SettingStore(app, scope, defaults, memory), scope, memory);
    }
}
