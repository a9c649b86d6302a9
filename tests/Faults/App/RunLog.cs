using Npgsql;

namespace Assay.Faults;

/// <summary>
/// Every run of an activity, in <c>fault.run</c>, as it begins: what a test compares with the results that were
/// recorded. A database that is away is waited for, so that no run goes unrecorded.
/// </summary>
public sealed class RunLog(string connectionString) : IAsyncDisposable
{
    public const string Schema =
        """
        create schema fault;
        create table fault.run (
            token uuid primary key,
            instance_id text not null,
            step integer not null,
            process integer not null,
            local_at timestamptz not null,
            began_at timestamptz not null default clock_timestamp()
        );
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Few connections: the server of a test gives out a hundred, and several hosts share them.
    private readonly NpgsqlDataSource database = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 10 });

    public async Task BeginAsync(Call call)
    {
        var token = Guid.NewGuid();
        while (!await TryBeginAsync(token, call))
            await Task.Delay(Pause);
    }

    /// <summary>How many runs of a step were recorded.</summary>
    public async Task<long> CountAsync(Call call)
    {
        while (true)
        {
            try
            {
                await using var command = database.CreateCommand(
                    "select count(*) from fault.run where instance_id = $1 and step = $2");
                command.Parameters.Add(new() { Value = call.InstanceId });
                command.Parameters.Add(new() { Value = call.Step });
                return (long)(await command.ExecuteScalarAsync())!;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(Pause);
            }
        }
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private async Task<bool> TryBeginAsync(Guid token, Call call)
    {
        try
        {
            await using var command = database.CreateCommand(
                """
                insert into fault.run (token, instance_id, step, process, local_at) values ($1, $2, $3, $4, $5)
                on conflict do nothing
                """);
            foreach (object value in (object[])
                [token, call.InstanceId, call.Step, Environment.ProcessId, DateTime.UtcNow])
            {
                command.Parameters.Add(new() { Value = value });
            }
            await command.ExecuteNonQueryAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
