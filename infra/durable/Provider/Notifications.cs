using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// Listens for what other processes notify. Only a hint that makes things fast: without it, or behind a pooler, polls
/// find the same. Processes greet each other now and then, so that one that is alone has nobody to notify.
/// </summary>
internal sealed class Notifications(
    PostgreSqlOrchestrationServiceSettings settings, Database database, Waiters waiters, Action<Work> wake,
    ILogger logger)
{
    // Postgres limits a payload to 8,000 bytes, and a character may take three.
    const int PayloadMax = 2_600;

    static readonly TimeSpan greetingInterval = TimeSpan.FromSeconds(20);
    static readonly TimeSpan echoLimit = TimeSpan.FromSeconds(5);

    readonly string me = Guid.NewGuid().ToString("N");
    long peersUntil = Environment.TickCount64 + 3 * (long)greetingInterval.TotalMilliseconds;

    /// <summary>Whether a notification has come through this process's own connection.</summary>
    public bool AreHeard { get; private set; }

    /// <summary>Whether there may be other processes to be notified.</summary>
    public bool HasPeers => settings.Notifications
        && (!AreHeard || Environment.TickCount64 < Interlocked.Read(ref peersUntil));

    public static string Channel(Database database) => database.Schema;

    /// <summary>
    /// Who speaks, the task hub, where there is work, and the instances that ended ("*": too many to name).
    /// </summary>
    public string Payload(Work work, IEnumerable<string> ended)
    {
        var head = $"{me}\n{settings.TaskHubName}\n{(int)work}";
        var payload = string.Join('\n', ended.Where(id => !id.Contains('\n', StringComparison.Ordinal)).Prepend(head));
        return payload.Length <= PayloadMax ? payload : head + "\n*";
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        if (!settings.Notifications)
            return;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stopping);
                logger.LogInformation(
                    "Notifications do not come through, as behind a pooler: polling every {Interval}.",
                    settings.PollIntervalWithoutNotifications);
                await Task.Delay(TimeSpan.FromMinutes(5), stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                if (AreHeard)
                    logger.LogWarning(exception, "Notifications are not heard for now; polling.");
                AreHeard = false;
                await Task.Delay(TimeSpan.FromSeconds(1), stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Returns when notifications do not come through.</summary>
    async Task ListenAsync(CancellationToken stopping)
    {
        var builder = new NpgsqlConnectionStringBuilder(settings.ListenConnectionString ?? settings.ConnectionString)
        {
            Pooling = false,
            KeepAlive = 30,
            ApplicationName = "durable-task-listen",
        };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        var echo = false;
        connection.Notification += (_, notification) => echo |= Receive(notification.Payload);
        await connection.OpenAsync(stopping);
        if (await IsPooledAsync(connection, stopping))
            return;
        await using (var listen = new NpgsqlCommand($"listen \"{Channel(database)}\"", connection))
            await listen.ExecuteNonQueryAsync(stopping);
        for (var greeted = 0L; ;)
        {
            if (greeted == 0 || Environment.TickCount64 - greeted > greetingInterval.TotalMilliseconds)
            {
                greeted = Environment.TickCount64;
                await GreetAsync(stopping);
            }
            var came = await connection.WaitAsync(AreHeard ? greetingInterval : echoLimit, stopping);
            if (echo && !AreHeard)
            {
                AreHeard = true;
                if (settings.ListenConnectionString is null)
                    database.LeadsToSessions();
                // Whatever was notified while nobody listened.
                wake(Work.All);
                waiters.AnyMayHaveEnded();
            }
            if (!came && !AreHeard)
                return;
        }
    }

    /// <summary>
    /// A pooler makes up the process that a connection is told to be its own. To listen there would leave a session
    /// that listens to whoever is given it next.
    /// </summary>
    static async Task<bool> IsPooledAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select pg_backend_pid()", connection);
        return (int)(await command.ExecuteScalarAsync(cancellation))! != connection.ProcessID;
    }

    /// <summary>Through the pool, the way of all notifications.</summary>
    async Task GreetAsync(CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand("select pg_notify($1, $2)");
        command.Parameters.Add(new() { Value = Channel(database) });
        command.Parameters.Add(new() { Value = Payload(Work.None, []) });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Returns whether it is this process's own.</summary>
    bool Receive(string payload)
    {
        var parts = payload.Split('\n');
        if (parts.Length < 3)
            return false;
        if (parts[0] == me)
            return true;
        if (parts[1] != settings.TaskHubName)
            return false;
        Interlocked.Exchange(
            ref peersUntil, Environment.TickCount64 + 3 * (long)greetingInterval.TotalMilliseconds);
        wake((Work)int.Parse(parts[2], CultureInfo.InvariantCulture));
        foreach (var instanceId in parts.Skip(3))
        {
            if (instanceId == "*")
                waiters.AnyMayHaveEnded();
            else
                waiters.MayHaveEnded(instanceId);
        }
        return false;
    }
}
