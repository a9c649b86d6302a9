using Npgsql;

namespace Assay;

/// <summary>
/// The database as the app sees it: through the role <c>assay_app</c> and the organization of the scope. Every call is
/// one round trip and its own transaction, but for <see cref="InTransactionAsync{T}"/>. Parameters are the members of
/// an object, named <c>@member</c> in the SQL; rows become records by their columns' names, underscores left out.
/// When Postgres is away, calls throw <see cref="DatabaseUnavailableException"/>.
/// </summary>
public sealed class Database(DatabasePools pools, OrganizationScope scope)
{
    private readonly DatabaseSession session = new(pools.App);

    /// <summary>The one row of a query, or null when there is none.</summary>
    /// <exception cref="InvalidOperationException">There is more than one row.</exception>
    public Task<T?> FindAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, New(sql, parameters, cancellation).FindAsync<T>, cancellation);

    /// <summary>Every row of a query, in its order.</summary>
    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, New(sql, parameters, cancellation).ListAsync<T>, cancellation);

    /// <summary>The first column of a query's row.</summary>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public Task<T> ValueAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, New(sql, parameters, cancellation).ValueAsync<T>, cancellation);

    /// <summary>Runs a statement. Returns how many rows it inserted, updated or deleted.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken cancellation) =>
        RunAsync(sql, New(sql, parameters, cancellation).ExecuteAsync, cancellation);

    /// <summary>Runs a statement. Says whether it inserted, updated or deleted at least one row.</summary>
    public async Task<bool> ChangedAsync(string sql, object? parameters, CancellationToken cancellation) =>
        await ExecuteAsync(sql, parameters, cancellation) > 0;

    /// <summary>Commits what <paramref name="work"/> did when it returns, and undoes it when it throws.</summary>
    public Task<T> InTransactionAsync<T>(Func<DatabaseTransaction, Task<T>> work, CancellationToken cancellation) =>
        session.InTransactionAsync(scope, work, cancellation);

    /// <inheritdoc cref="InTransactionAsync{T}"/>
    public Task InTransactionAsync(Func<DatabaseTransaction, Task> work, CancellationToken cancellation) =>
        session.InTransactionAsync(
            scope,
            async transaction =>
            {
                await work(transaction);
                return true;
            },
            cancellation);

    private Task<T> RunAsync<T>(
        string sql, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) =>
        session.RunAsync(
            connection =>
            {
                // From here on it may take effect, whatever is heard of it.
                if (!sql.StartsWith("select ", StringComparison.Ordinal))
                    scope.CountWrite();
                return work(connection);
            },
            cancellation);

    private Statement New(string sql, object? parameters, CancellationToken cancellation) =>
        new(sql, parameters, scope, cancellation);
}
