using System.Text;
using System.Text.Json;

namespace Assay;

/// <summary>
/// Answers to the scope's organization that are costly to compute. Of all processes that want one, one computes it; the
/// others wait for it, or are given the one that has just expired.
/// <para>
/// It pays only where computing takes longer than a statement. A computation that dies is taken over after
/// <see cref="Lease"/>; one that takes longer than that may be made twice.
/// </para>
/// </summary>
public sealed class AnswerCache(Database database, OrganizationScope scope, Settings settings, AnswerGates gates)
{
    /// <summary>Larger answers, in bytes of JSON, are not kept.</summary>
    public const int BytesMax = 256 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a computation is believed to be under way.</summary>
    internal TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <param name="key">Of all that determines the answer but the organization.</param>
    public async Task<T> GetOrComputeAsync<T>(
        CacheKind kind, CacheKey key, Func<CancellationToken, Task<T>> compute, CancellationToken cancellation)
    {
        var now = await settings.SnapshotAsync(cancellation);
        if (scope.Id is not { } organization || !now.Get(kind.Flag))
            return await compute(cancellation);

        var entry = new Place(organization, key, TimeSpan.FromSeconds(now.Get(kind.Seconds)));
        if (await FindAsync(entry, cancellation) is { Value: { } known } found && (found.Fresh || found.Claimed))
            return Read<T>(known);

        // Of those in this process, one at a time asks.
        using (await gates.EnterAsync((organization, Convert.ToHexString(key.Hash)), cancellation))
            return await WaitOrComputeAsync(entry, compute, cancellation);
    }

    private async Task<T> WaitOrComputeAsync<T>(
        Place place, Func<CancellationToken, Task<T>> compute, CancellationToken cancellation)
    {
        while (true)
        {
            var found = await FindAsync(place, cancellation);
            if (found is { Value: { } value } && (found.Fresh || found.Claimed))
                return Read<T>(value);
            var claim = Guid.CreateVersion7();
            if (found is not { Claimed: true } && await TryClaimAsync(place, claim, cancellation))
                return await ComputeAsync(place, claim, compute, cancellation);
            await Task.Delay(Pause, cancellation);
        }
    }

    private async Task<T> ComputeAsync<T>(
        Place place, Guid claim, Func<CancellationToken, Task<T>> compute, CancellationToken cancellation)
    {
        var isKept = false;
        try
        {
            var value = await compute(cancellation);
            var json = JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
            if (Encoding.UTF8.GetByteCount(json) <= BytesMax)
            {
                await StoreAsync(place, claim, json, cancellation);
                isKept = true;
            }
            return value;
        }
        finally
        {
            // Also when whoever asked has gone: others wait.
            if (!isKept)
                await ReleaseAsync(place, claim);
        }
    }

    private Task<Entry?> FindAsync(Place place, CancellationToken cancellation) => database.FindAsync<Entry>(
        """
        select value, coalesce(expires_at > clock_timestamp(), false) as fresh,
            coalesce(claimed_until > clock_timestamp(), false) as claimed
        from ops.cache_entry
        where organization_id = @Organization and key = @Key
        """,
        place.Parameters(), cancellation);

    private Task<bool> TryClaimAsync(Place place, Guid claim, CancellationToken cancellation) => database.ChangedAsync(
        """
        insert into ops.cache_entry as held (organization_id, key, claim, claimed_until, removable_at)
        values (@Organization, @Key, @claim, clock_timestamp() + @Lease, clock_timestamp() + 2 * @Lease)
        on conflict (organization_id, key) do update
        set claim = excluded.claim, claimed_until = excluded.claimed_until,
            removable_at = greatest(held.removable_at, excluded.removable_at)
        where coalesce(held.expires_at <= clock_timestamp(), true)
            and coalesce(held.claimed_until <= clock_timestamp(), true)
        """,
        place.Parameters(claim, Lease), cancellation);

    private Task StoreAsync(Place place, Guid claim, string json, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            update ops.cache_entry
            set value = @json, expires_at = clock_timestamp() + @Lifetime, claim = null, claimed_until = null,
                removable_at = clock_timestamp() + @Lifetime + @Lease
            where organization_id = @Organization and key = @Key and claim = @claim
            """,
            place.Parameters(claim, Lease, json), cancellation);

    private Task ReleaseAsync(Place place, Guid claim) => database.ExecuteAsync(
        """
        update ops.cache_entry set claim = null, claimed_until = null
        where organization_id = @Organization and key = @Key and claim = @claim
        """,
        place.Parameters(claim), CancellationToken.None);

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web)!;

    private sealed record Entry(string? Value, bool Fresh, bool Claimed);

    private sealed record Place(Guid Organization, CacheKey Key, TimeSpan Lifetime)
    {
        public object Parameters(Guid? claim = null, TimeSpan lease = default, string? json = null) => new
        {
            Organization,
            Key = Key.Hash,
            Lifetime,
            claim,
            Lease = lease,
            json,
        };
    }
}
