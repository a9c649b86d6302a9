using Assay.Local;
using Npgsql;

namespace Assay;

/// <summary>
/// Every run of an activity, in <c>fault.run</c>, as it begins: what a test compares with the results that the engine
/// recorded. A database that is away is waited for, so that no run goes unrecorded.
/// </summary>
internal sealed class RunLog(string connectionString) : IAsyncDisposable
{
    public const string Schema =
        """
        create schema fault;
        create table fault.run (
            token uuid primary key,
            instance_id text not null,
            step integer not null,
            attempt integer not null,
            process integer not null,
            local_at timestamptz not null,
            began_at timestamptz not null default clock_timestamp()
        );
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource database = NpgsqlDataSource.Create(connectionString);

    public async Task BeginAsync(ActivityCall call, CancellationToken cancellation)
    {
        var token = Guid.NewGuid();
        while (!await TryBeginAsync(token, call, cancellation))
            await Task.Delay(Pause, cancellation);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private async Task<bool> TryBeginAsync(Guid token, ActivityCall call, CancellationToken cancellation)
    {
        try
        {
            await using var command = database.CreateCommand(
                """
                insert into fault.run (token, instance_id, step, attempt, process, local_at)
                values ($1, $2, $3, $4, $5, $6)
                on conflict do nothing
                """);
            foreach (object value in (object[])
                [token, call.InstanceId, call.Step, call.Attempt, Environment.ProcessId, DateTime.UtcNow])
            {
                command.Parameters.Add(new() { Value = value });
            }
            await command.ExecuteNonQueryAsync(cancellation);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
