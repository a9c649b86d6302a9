namespace Assay;

/// <summary>There are as many of something as a setting allows. The message may be shown to users.</summary>
/// <param name="things">What there are, such as <c>webhooks</c>.</param>
public sealed class CapReachedException(NumberSetting cap, int most, string things) : Exception(
    $"There are {most:N0} {things} already, which is as many as there may be. Remove some first, or ask an "
    + $"administrator of the installation to raise the setting {cap.Name}.");

/// <summary>Holds how many there are of something within what a setting allows.</summary>
public sealed class Caps(Settings settings)
{
    /// <inheritdoc cref="SettingSnapshot.Unclaimed"/>
    public async ValueTask<bool> IsUnclaimedAsync(CancellationToken cancellation) =>
        (await settings.SnapshotAsync(cancellation)).Unclaimed;

    /// <inheritdoc cref="SettingSnapshot.Unclaimed"/>
    public async ValueTask<bool> IsUnclaimedAsync(
        DatabaseTransaction transaction, CancellationToken cancellation) =>
        (await settings.SnapshotAsync(transaction, cancellation)).Unclaimed;

    public ValueTask<int> MostAsync(NumberSetting cap, CancellationToken cancellation) =>
        settings.GetAsync(cap, cancellation);

    /// <summary>
    /// Makes sure that there is room for one more, until the transaction ends: one caller at a time for an owner.
    /// </summary>
    /// <param name="things">What there are, such as <c>webhooks</c>.</param>
    /// <param name="owner">Whose they are.</param>
    /// <param name="count">SQL that counts those of <c>@owner</c>.</param>
    /// <param name="more">How many are to be added.</param>
    /// <exception cref="CapReachedException">There is no room.</exception>
    public async Task EnsureRoomAsync(
        DatabaseTransaction transaction, NumberSetting cap, string things, Guid owner, string count,
        CancellationToken cancellation, int more = 1)
    {
        var most = (await settings.SnapshotAsync(transaction, cancellation)).Get(cap);
        await EnsureRoomAsync(transaction, cap, most, things, owner, count, cancellation, more);
    }

    /// <summary>The same in a transaction of another organization than the scope's.</summary>
    public static async Task EnsureRoomAsync(
        DatabaseTransaction transaction, NumberSetting cap, int most, string things, Guid owner, string count,
        CancellationToken cancellation, int more = 1)
    {
        // Before the count and not in its statement, which sees what was there when it began.
        await TakeTurnAsync(transaction, cap, owner, cancellation);
        if (await transaction.ValueAsync<long>(count, new { owner }, cancellation) + more > most)
            throw new CapReachedException(cap, most, things);
    }

    /// <summary>
    /// Waits until nobody else adds to the same, and keeps others waiting until the transaction ends. For transactions
    /// that lock rows which others wait for while it is their turn: they take theirs before that.
    /// </summary>
    public static Task TakeTurnAsync(
        DatabaseTransaction transaction, NumberSetting cap, Guid owner, CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended(@key, 0))", new { key = $"cap {cap.Name} {owner}" },
            cancellation);
}
