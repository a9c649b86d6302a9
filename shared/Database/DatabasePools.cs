using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay;

/// <summary>One pool a role, shared by the whole process.</summary>
public sealed class DatabasePools(IOptions<DatabaseOptions> options) : IAsyncDisposable, IDisposable
{
    private readonly ScopeKey? scopeKey =
        options.Value.ScopeKey is { Length: > 0 } text ? ScopeKey.Parse(text) : null;

    static DatabasePools() => DapperSetup.Apply();

    public NpgsqlDataSource App { get; } = NewPool(options.Value.AppConnectionString);

    /// <summary>What statements through <see cref="App"/> prove with whom they are for.</summary>
    /// <exception cref="InvalidOperationException">The setting was not needed so far, and is missing.</exception>
    public ScopeKey ScopeKey => scopeKey
        ?? throw new InvalidOperationException("Assay__ScopeKey is not set: statements cannot act for anybody.");

    public NpgsqlDataSource Job { get; } = NewPool(options.Value.JobConnectionString);

    /// <summary>A pool whose connections know pgvector's types.</summary>
    internal static NpgsqlDataSource NewPool(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseVector();
        return builder.Build();
    }

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
