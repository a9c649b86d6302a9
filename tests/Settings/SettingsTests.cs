using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Assay;

public sealed class SettingsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly NumberSetting Setting = KnownSettings.PredictionCacheSeconds;

    private readonly SettingMemory memory = new(TimeProvider.System);

    [Fact]
    public async Task An_organization_goes_before_the_installation_and_that_before_the_configuration()
    {
        var organization = await database.AddOrganizationAsync();
        var defaults = new SettingDefaults(Configuration((Setting.Name, "10")));
        var (own, all) = (StoreOf(organization, defaults), StoreOf(null, defaults));
        Assert.Equal(10, (await own.FindAsync(Setting, None)).Value);

        Assert.True(await all.TrySetAsync(await all.FindAsync(Setting, None), 20, None));
        Assert.Equal(20, (await own.FindAsync(Setting, None)).Value);
        Assert.True(await own.TrySetAsync(await own.FindAsync(Setting, None), 30, None));

        Assert.Equal(30, (await own.FindAsync(Setting, None)).Value);
        Assert.Equal(20, (await StoreOf(await database.AddOrganizationAsync()).FindAsync(Setting, None)).Value);
        Assert.True(await own.TryResetAsync(await own.FindAsync(Setting, None), None));
        Assert.True(await all.TryResetAsync(await all.FindAsync(Setting, None), None));
        Assert.Equal(10, (await own.FindAsync(Setting, None)).Value);
    }

    [Fact]
    public async Task A_flag_is_kept_apart_from_settings_and_overridden_alike()
    {
        var flag = FeatureFlags.Analytics;
        var organization = await database.AddOrganizationAsync();
        var store = StoreOf(organization);

        Assert.True(await store.TrySetAsync(await store.FindAsync(flag, None), false, None));

        Assert.False((bool)(await store.FindAsync(flag, None)).Value);
        Assert.True((bool)(await StoreOf(null).FindAsync(flag, None)).Value);
        Assert.False(await database.ValueAsync<bool>(
            $"select enabled from ops.feature_flag_override where organization_id = '{organization}'"));
    }

    [Fact]
    public void Every_setting_and_flag_is_known_by_its_name()
    {
        static IEnumerable<T> DeclaredBy<T>(Type type) => type.GetProperties()
            .Select(property => property.GetValue(null)).OfType<T>();

        Assert.Equal(
            DeclaredBy<Setting>(typeof(KnownSettings)).OrderBy(setting => setting.Name, StringComparer.Ordinal),
            KnownSettings.All);
        Assert.Equal(
            DeclaredBy<FeatureFlag>(typeof(FeatureFlags)).OrderBy(flag => flag.Name, StringComparer.Ordinal),
            FeatureFlags.All);
    }

    [Fact]
    public async Task Who_saw_an_older_state_changes_nothing()
    {
        var store = StoreOf(await database.AddOrganizationAsync());
        var absent = await store.FindAsync(Setting, None);
        Assert.True(await store.TrySetAsync(absent, 30, None));
        var first = await store.FindAsync(Setting, None);

        Assert.False(await store.TrySetAsync(absent, 31, None));
        Assert.True(await store.TrySetAsync(first, 32, None));
        Assert.False(await store.TrySetAsync(first, 33, None));
        Assert.False(await store.TryResetAsync(first, None));
        Assert.Equal(32, (await store.FindAsync(Setting, None)).Value);

        // Deleted and made again, it has not become the state that was seen first.
        Assert.True(await store.TryResetAsync(await store.FindAsync(Setting, None), None));
        Assert.True(await store.TrySetAsync(absent, 34, None));
        Assert.False(await store.TrySetAsync(first, 35, None));
    }

    [Fact]
    public async Task What_acts_for_an_organization_cannot_change_what_holds_for_all()
    {
        await StoreOf(null).TrySetAsync(await StoreOf(null).FindAsync(KnownSettings.RequestSeconds, None), 40, None);
        var inside = database.As(await database.AddOrganizationAsync());

        Assert.Equal(0, await inside.ExecuteAsync("update ops.setting set value = '50'", null, None));
        Assert.Equal(0, await inside.ExecuteAsync("delete from ops.setting", null, None));
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => inside.ExecuteAsync(
            "insert into ops.feature_flag (name, enabled) values ('analytics', false)", null, None));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task A_value_is_remembered_for_five_seconds_and_forgotten_where_it_was_changed()
    {
        var time = new ManualTime();
        var organization = await database.AddOrganizationAsync();
        var (here, there) = (new SettingMemory(time), new SettingMemory(time));
        Assert.Equal(3600, await SettingsOf(organization, here).GetAsync(Setting, None));
        Assert.Equal(3600, await SettingsOf(organization, there).GetAsync(Setting, None));

        var store = StoreOf(organization, memory: here);
        await store.TrySetAsync(await store.FindAsync(Setting, None), 60, None);

        Assert.Equal(60, await SettingsOf(organization, here).GetAsync(Setting, None));
        Assert.Equal(3600, await SettingsOf(organization, there).GetAsync(Setting, None));
        time.Advance(Settings.Remembered);
        Assert.Equal(60, await SettingsOf(organization, there).GetAsync(Setting, None));
    }

    [Fact]
    public async Task A_value_that_this_build_does_not_allow_is_as_if_it_were_not_there()
    {
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $"""
            insert into ops.setting_override (organization_id, name, value)
            values ('{organization}', '{Setting.Name}', '-1'), ('{organization}', 'unknown', '1')
            """);

        Assert.Equal(3600, await SettingsOf(organization, memory).GetAsync(Setting, None));
    }

    [Theory]
    [InlineData("prediction-cache-second", "1", "There is no setting prediction-cache-second")]
    [InlineData("prediction-cache-seconds", "0", "must be a whole number from 1 to 604800")]
    [InlineData("analytics", "maybe", "must be true or false")]
    public void A_configuration_that_makes_no_sense_is_refused(string name, string value, string reason)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => new SettingDefaults(Configuration((name, value))));

        Assert.Contains(reason, refusal.Message);
    }

    [Fact]
    public void Names_are_unique_and_defaults_are_allowed()
    {
        Setting[] all = [.. FeatureFlags.All, .. KnownSettings.All];

        Assert.Equal(all.Length, all.Select(setting => setting.Name).Distinct().Count());
        Assert.All(all, setting => Assert.NotNull(setting.Read($"{setting.DefaultValue}")));
    }

    private SettingStore StoreOf(
        Guid? organization, SettingDefaults? defaults = null, SettingMemory? memory = null)
    {
        var scope = new OrganizationScope();
        if (organization is { } id)
            scope.Enter(id);
        return new(
            database.As(organization), scope, defaults ?? new SettingDefaults(Configuration()), memory ?? this.memory);
    }

    private Settings SettingsOf(Guid organization, SettingMemory memory)
    {
        var scope = new OrganizationScope();
        scope.Enter(organization);
        return new(StoreOf(organization), scope, memory);
    }

    private static IConfiguration Configuration(params (string Name, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting =>
                KeyValuePair.Create<string, string?>($"Assay:Settings:{setting.Name}", setting.Value)))
            .Build();
}
