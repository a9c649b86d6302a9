using Npgsql;

namespace Assay;

/// <summary>
/// Three organizations with people of every role and their API keys. For local use only: keys and passwords are public.
/// </summary>
public static class SampleSeed
{
    /// <summary>Safe to repeat.</summary>
    /// <param name="clean">Begins anew: what is in these organizations is removed first.</param>
    public static async Task ApplyAsync(string administrator, bool clean, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(administrator);
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "set local role assay_owner", cancellation);
        if (clean)
            await ExecuteAsync(connection, Read("seed/clean.sql"), cancellation);
        await ExecuteAsync(connection, Read("seed/sample.sql"), cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static string Read(string name)
    {
        using var stream = typeof(SampleSeed).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
