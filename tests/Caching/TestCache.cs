using Microsoft.Extensions.Configuration;

namespace Assay;

internal static class TestCache
{
    /// <summary>An organization's cache as one process has it: nothing is shared but the database.</summary>
    public static AnswerCache Of(TestDatabase database, Guid organization, TimeSpan? lease = null)
    {
        var scope = new OrganizationScope();
        scope.Enter(organization);
        var scoped = database.As(organization);
        var memory = new SettingMemory(TimeProvider.System);
        var store = new SettingStore(scoped, scope, new SettingDefaults(new ConfigurationBuilder().Build()), memory);
        var settings = new Settings(store, scope, memory);
        return new(scoped, scope, settings, new AnswerGates()) { Lease = lease ?? TimeSpan.FromMinutes(1) };
    }
}
