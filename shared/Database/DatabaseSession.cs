using System.Data;
using Npgsql;

namespace Assay;

/// <summary>
/// SQL through a pool. Every call is one round trip and its own transaction, but for
/// <see cref="InTransactionAsync{T}"/>. Parameters are the members of an object, named <c>@member</c> in the SQL; rows
/// become records by their columns' names, underscores left out. When Postgres is away, calls throw
/// <see cref="DatabaseUnavailableException"/>.
/// </summary>
/// <param name="scope">What every call is made for; null for all organizations.</param>
/// <param name="pools">They have the key that the scope is proved with.</param>
/// <param name="isIdentityWork">Whether the calls are those of <see cref="IdentityDatabase"/>.</param>
public abstract class DatabaseSession(
    NpgsqlDataSource pool, OrganizationScope? scope, DatabasePools pools, bool isIdentityWork = false)
{
    /// <summary>The one row of a query, or null when there is none.</summary>
    /// <exception cref="InvalidOperationException">There is more than one row.</exception>
    public Task<T?> FindAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, NewStatement(sql, parameters, cancellation).FindAsync<T>, cancellation);

    /// <summary>Every row of a query, in its order.</summary>
    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, NewStatement(sql, parameters, cancellation).ListAsync<T>, cancellation);

    /// <summary>The first column of a query's row.</summary>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public Task<T> ValueAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, NewStatement(sql, parameters, cancellation).ValueAsync<T>, cancellation);

    /// <summary>Runs a statement. Returns how many rows it inserted, updated or deleted.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, NewStatement(sql, parameters, cancellation).ExecuteAsync, cancellation);

    /// <summary>Runs a statement. Says whether it inserted, updated or deleted at least one row.</summary>
    public async Task<bool> ChangedAsync(string sql, object? parameters, CancellationToken cancellation) =>
        await ExecuteAsync(sql, parameters, cancellation) > 0;

    /// <summary>Commits what <paramref name="work"/> did when it returns, and undoes it when it throws.</summary>
    public Task<T> InTransactionAsync<T>(Func<DatabaseTransaction, Task<T>> work, CancellationToken cancellation) =>
        TransactAsync(work, IsolationLevel.ReadCommitted, cancellation);

    /// <summary>Reads that all see the database as it is when the first of them begins.</summary>
    public Task InSnapshotAsync(Func<DatabaseTransaction, Task> read, CancellationToken cancellation) =>
        TransactAsync(
            async transaction =>
            {
                await read(transaction);
                return true;
            },
            IsolationLevel.RepeatableRead, cancellation);

    private Task<T> TransactAsync<T>(
        Func<DatabaseTransaction, Task<T>> work, IsolationLevel isolation, CancellationToken cancellation) =>
        ConnectAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(isolation, cancellation);
                if (Proof() is { } proof)
                    await Statement.Entering(proof, cancellation).ExecuteAsync(connection);
                var result = await work(new DatabaseTransaction(connection));
                scope?.CountWrite();
                await transaction.CommitAsync(cancellation);
                return result;
            },
            cancellation);

    /// <inheritdoc cref="InTransactionAsync{T}"/>
    public Task InTransactionAsync(Func<DatabaseTransaction, Task> work, CancellationToken cancellation) =>
        InTransactionAsync(
            async transaction =>
            {
                await work(transaction);
                return true;
            },
            cancellation);

    private Statement NewStatement(string sql, object? parameters, CancellationToken cancellation) =>
        new(sql, parameters, Proof(), cancellation);

    // Null when nobody has been entered. Made for each statement: who acts may be recognized meanwhile.
    private string? Proof()
    {
        var acting = isIdentityWork ? scope?.ForIdentityWork() : scope;
        return acting is { Id: not null } or { Actor.UserId: not null } or { Actor.IsIdentityWork: true }
            ? pools.ScopeKey.Prove(acting)
            : null;
    }

    private Task<T> RunAsync<T>(
        string sql, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) =>
        ConnectAsync(
            connection =>
            {
                // From here on it may take effect, whatever is heard of it.
                if (MayChange(sql))
                    scope?.CountWrite();
                return work(connection);
            },
            cancellation);

    /// <summary>Whether a statement may have changed something.</summary>
    private protected virtual bool MayChange(string sql) => !sql.StartsWith("select ", StringComparison.Ordinal);

    private async Task<T> ConnectAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await pool.OpenConnectionAsync(cancellation);
            return await work(connection);
        }
        catch (Exception exception) when (MayBeOfOldTypes(exception))
        {
            // A pool learns types once. The next call knows those of a database that was made anew since.
            pool.Clear();
            await using var connection = await pool.OpenConnectionAsync(cancellation);
            await connection.ReloadTypesAsync(cancellation);
            throw;
        }
        catch (Exception exception)
            when (exception is not DatabaseUnavailableException
                && DatabaseUnavailableException.IsUnavailability(exception))
        {
            // The pool's idle connections died with this one: without them the next call opens a fresh one. Not where a
            // statement took too long, which says nothing of other connections.
            if (exception is not NpgsqlException { InnerException: TimeoutException })
                pool.Clear();
            throw new DatabaseUnavailableException(exception);
        }
    }

    // A type that the pool has never heard of, or one whose number is another one's or nobody's now.
    private static bool MayBeOfOldTypes(Exception exception) =>
        exception is InvalidCastException or PostgresException { SqlState: PostgresErrorCodes.InternalError };
}
