using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// Listens for what other processes notify. Only a hint that makes things fast: without it, or without Postgres'
/// LISTEN, the slow poll finds the same work.
/// </summary>
internal sealed class Notifications(
    DurableDatabase database, IOptions<DurableOptions> options, Signal signal, InstanceWaiters waiters, Lease lease,
    Outage outage)
    : BackgroundService
{
    public const string Channel = "durable";

    // Postgres limits a payload to 8,000 bytes, and a character may take three.
    const int PayloadMax = 2_600;

    /// <summary>
    /// A payload: hub, kinds of work, and the instances whose status changed ("*": too many to name).
    /// </summary>
    public static string Payload(string hub, Work work, IEnumerable<string> changed)
    {
        var head = $"{hub}\n{(int)work}";
        var payload = string.Join('\n', changed.Prepend(head));
        return payload.Length <= PayloadMax ? payload : head + "\n*";
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        // Through a pooler nothing would ever be heard.
        if (options.Value.Notifications && await database.IsDirect.WaitAsync(stopping))
            await outage.RetryAsync(ListenAsync, stopping);
    }

    async Task ListenAsync(CancellationToken stopping)
    {
        await using var connection = new NpgsqlConnection(database.ListenerConnectionString);
        connection.Notification += (_, notification) => Receive(notification.Payload);
        await connection.OpenAsync(stopping);
        await using (var listen = new NpgsqlCommand($"listen {Channel}", connection))
            await listen.ExecuteNonQueryAsync(stopping);

        // Whatever was notified while nobody listened.
        signal.Raise(Work.All);
        waiters.AnyChanged();
        while (true)
            await connection.WaitAsync(stopping);
    }

    void Receive(string payload)
    {
        var parts = payload.Split('\n');
        if (parts[0] != options.Value.HubName)
            return;
        lease.MayHavePeers();
        signal.Raise((Work)int.Parse(parts[1]));
        foreach (var instanceId in parts.Skip(2))
        {
            if (instanceId == "*")
                waiters.AnyChanged();
            else
                waiters.Changed(instanceId, ended: true);
        }
    }
}
