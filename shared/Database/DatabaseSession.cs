using Npgsql;

namespace Assay;

/// <summary>What the two databases share: a connection a call, and what its failures mean.</summary>
internal sealed class DatabaseSession(NpgsqlDataSource pool)
{
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await pool.OpenConnectionAsync(cancellation);
            return await work(connection);
        }
        catch (Exception exception)
            when (exception is not DatabaseUnavailableException
                && DatabaseUnavailableException.IsUnavailability(exception))
        {
            // The pool's idle connections died with this one: without them the next call opens a fresh one.
            pool.Clear();
            throw new DatabaseUnavailableException(exception);
        }
    }

    public Task<T> InTransactionAsync<T>(
        OrganizationScope? scope, Func<DatabaseTransaction, Task<T>> work, CancellationToken cancellation) =>
        RunAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation);
                if (Statement.Entering(scope, cancellation) is { } entering)
                    await entering.ExecuteAsync(connection);
                var result = await work(new DatabaseTransaction(connection));
                scope?.CountWrite();
                await transaction.CommitAsync(cancellation);
                return result;
            },
            cancellation);
}
