using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay;

/// <summary>One pool a role, shared by the whole process.</summary>
public sealed class DatabasePools(IOptions<DatabaseOptions> options) : IAsyncDisposable, IDisposable
{
    static DatabasePools() => DapperSetup.Apply();

    public NpgsqlDataSource App { get; } = NpgsqlDataSource.Create(options.Value.AppConnectionString);

    public NpgsqlDataSource Job { get; } = NpgsqlDataSource.Create(options.Value.JobConnectionString);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Job.DisposeAsync();
    }

    public void Dispose()
    {
        App.Dispose();
        Job.Dispose();
    }
}
