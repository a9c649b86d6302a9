using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Assay;

/// <summary>
/// The values of flags and settings for the organization of the scope. A process remembers them, and asks for them
/// again every <see cref="Remembered"/>: that is how long a change takes until it holds everywhere.
/// </summary>
public sealed class Settings(SettingStore store, OrganizationScope scope, SettingMemory memory)
{
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    /// <exception cref="DatabaseUnavailableException">They were never asked for here, and Postgres is away.</exception>
    public async ValueTask<T> GetAsync<T>(Setting<T> setting, CancellationToken cancellation)
        where T : struct => (await SnapshotAsync(cancellation)).Get(setting);

    /// <summary>All of them at one moment.</summary>
    public ValueTask<SettingSnapshot> SnapshotAsync(CancellationToken cancellation) =>
        memory.GetAsync(scope.Id, LoadAsync, cancellation);

    /// <summary>
    /// The same within a transaction of the scope: it needs no second connection, for which transactions that hold all
    /// of them would wait in vain.
    /// </summary>
    public ValueTask<SettingSnapshot> SnapshotAsync(
        DatabaseTransaction transaction, CancellationToken cancellation) =>
        memory.GetAsync(
            scope.Id,
            async cancelled => SnapshotOf(
                await store.ListAsync(transaction, cancelled), await store.IsUnclaimedAsync(transaction, cancelled)),
            cancellation);

    private async Task<SettingSnapshot> LoadAsync(CancellationToken cancellation) =>
        SnapshotOf(await store.ListAsync(cancellation), await store.IsUnclaimedAsync(cancellation));

    private static SettingSnapshot SnapshotOf(IReadOnlyDictionary<string, SettingState> states, bool unclaimed) =>
        new(states.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.Value), unclaimed);
}

/// <summary>The values of all flags and settings at one moment, for one organization.</summary>
public sealed class SettingSnapshot(IReadOnlyDictionary<string, object> values, bool unclaimed = false)
{
    /// <summary>
    /// Whether nothing is known of anybody in the organization: all of them are anonymous accounts, which may do less
    /// until one of them is claimed.
    /// </summary>
    public bool Unclaimed => unclaimed;

    public T Get<T>(Setting<T> setting)
        where T : struct => (T)values[setting.Name];
}

/// <summary>
/// What a process remembers of settings. While one caller asks for them again, others go on with what was there; when
/// Postgres is away, everybody does.
/// </summary>
public sealed class SettingMemory(TimeProvider time)
{
    private const int EntriesMax = 10_000;

    // No organization has the empty id.
    private readonly ConcurrentDictionary<Guid, Entry> entries = [];

    public async ValueTask<SettingSnapshot> GetAsync(
        Guid? organization, Func<CancellationToken, Task<SettingSnapshot>> load, CancellationToken cancellation)
    {
        var id = organization ?? Guid.Empty;
        if (entries.TryGetValue(id, out var entry) && !entry.IsDue(time))
            return entry.Snapshot;

        try
        {
            var loaded = await load(cancellation);
            // Organizations come and go; what is still used comes back at once.
            if (entries.Count >= EntriesMax)
                entries.Clear();
            entries[id] = new Entry(loaded, time.GetTimestamp());
            return loaded;
        }
        catch (DatabaseUnavailableException) when (entry is not null)
        {
            return entry.Snapshot;
        }
    }

    /// <summary>After a change: this process sees it from now on.</summary>
    public void Forget(Guid? organization) => entries.TryRemove(organization ?? Guid.Empty, out _);

    private sealed class Entry(SettingSnapshot snapshot, long loadedAt)
    {
        private long checkedAt = loadedAt;

        public SettingSnapshot Snapshot => snapshot;

        /// <summary>True for one caller each time.</summary>
        public bool IsDue(TimeProvider time)
        {
            var seen = Volatile.Read(ref checkedAt);
            return time.GetElapsedTime(seen) >= Settings.Remembered
                && Interlocked.CompareExchange(ref checkedAt, time.GetTimestamp(), seen) == seen;
        }
    }
}
