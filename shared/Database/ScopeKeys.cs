using Npgsql;

namespace Assay;

/// <summary>The keys that the app proves with whom its statements are for, as an administrator sees them.</summary>
public sealed class ScopeKeys(string connectionString)
{
    /// <summary>What the app is given, as <see cref="ScopeKey.Parse"/> takes it.</summary>
    public async Task<string> NewestAsync(CancellationToken cancellation) =>
        (string)(await ValueAsync(
            """
            select id || ':' || translate(encode(key, 'base64'), E'\n', '')
            from ops.scope_key order by id desc limit 1
            """,
            cancellation))!;

    /// <summary>Returns the id of the new key.</summary>
    public async Task<int> AddAsync(CancellationToken cancellation) =>
        (int)(await ValueAsync("select ops.new_scope_key()", cancellation))!;

    /// <summary>Returns how many are gone: an app that still has one of them is refused.</summary>
    public async Task<long> RetireAsync(CancellationToken cancellation) =>
        (long)(await ValueAsync(
            """
            with retired as (
                delete from ops.scope_key where id < (select max(id) from ops.scope_key) returning 1
            )
            select count(*) from retired
            """,
            cancellation))!;

    private async Task<object?> ValueAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }
}
