namespace Assay;

/// <summary>
/// Slows guessing down, in all processes together: for each account, existing or not, and for each address it is done
/// from. Waits double with each attempt, from a second to a quarter of an hour. What succeeds is given back, so that
/// an address counts failures, however many people are behind it.
/// </summary>
public sealed class LoginThrottle(IdentityDatabase database, OrganizationScope scope)
{
    private const int FreePerAccount = 5;

    // Mistypings of an office of thousands, which lose their count over a day. Each account has its own limit as well.
    private const int FreePerAddress = 500;

    /// <summary>Counts an attempt. Null is to go on, else how long to wait.</summary>
    /// <param name="kind">What is tried, such as <c>login</c>; counted apart from other kinds.</param>
    /// <param name="account">Whose account: an address or an id; null counts by the client's address alone.</param>
    public async Task<TimeSpan?> TakeAsync(string kind, string? account, CancellationToken cancellation)
    {
        var (mine, from) = Keys(kind, account);
        var keys = new[] { (Key: mine, Free: FreePerAccount), (Key: from, Free: FreePerAddress) }
            .Where(key => key.Key is not null)
            .ToArray();
        var seconds = await database.ValueAsync<int>(
            "select ops.take_attempt(@wanted, @free)",
            new { wanted = keys.Select(key => key.Key!).ToArray(), free = keys.Select(key => key.Free).ToArray() },
            cancellation);
        return seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>The attempt counted last succeeded: what was taken for it is given back.</summary>
    public Task ForgiveAsync(string kind, string? account, CancellationToken cancellation)
    {
        var (mine, from) = Keys(kind, account);
        return database.ExecuteAsync("select ops.forgive_attempt(@mine, @from)", new { mine, from }, cancellation);
    }

    private (byte[]? Account, byte[]? Address) Keys(string kind, string? account) => (
        account is null ? null : Secret.Hash($"{kind} account {account.ToLowerInvariant()}"),
        scope.Actor.Address is { } address ? Secret.Hash($"{kind} address {AddressNetwork.Of(address)}") : null);
}
