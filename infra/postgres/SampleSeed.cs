using Npgsql;

namespace Assay;

/// <summary>The sample organization, user, membership and API key. For local use only: the key is public.</summary>
public static class SampleSeed
{
    /// <summary>Safe to repeat.</summary>
    public static async Task ApplyAsync(string administrator, CancellationToken cancellation)
    {
        using var stream = typeof(SampleSeed).Assembly.GetManifestResourceStream("seed/sample.sql")!;
        using var reader = new StreamReader(stream);
        var sql = await reader.ReadToEndAsync(cancellation);

        await using var source = NpgsqlDataSource.Create(administrator);
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var role = new NpgsqlCommand("set local role assay_owner", connection);
        await role.ExecuteNonQueryAsync(cancellation);
        await using var seed = new NpgsqlCommand(sql, connection);
        await seed.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
