namespace Assay;

/// <summary>An app for a test class, whose tests each use an organization with settings of its own.</summary>
public sealed class LimitedApp : IAsyncLifetime
{
    public AssayApp App { get; private set; } = null!;

    public async Task InitializeAsync() => App = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await App.DisposeAsync();

    /// <summary>A new organization with these settings or flags, as JSON.</summary>
    internal async Task<(Guid Id, string Slug)> NewOrganizationAsync(params (Setting Setting, string Value)[] settings)
    {
        var slug = $"org-{Guid.NewGuid():n}";
        var id = await App.Database.AddOrganizationAsync(slug);
        foreach (var (setting, value) in settings)
        {
            var (table, column) = setting is FeatureFlag
                ? ("ops.feature_flag_override", "enabled")
                : ("ops.setting_override", "value");
            await App.Database.ExecuteAsync(
                $"insert into {table} (organization_id, name, {column}) values ('{id}', '{setting.Name}', '{value}')");
        }
        return (id, slug);
    }
}
