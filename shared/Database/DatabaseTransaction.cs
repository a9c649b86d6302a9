using Npgsql;

namespace Assay;

/// <summary>Statements that commit together. Ends with the <c>InTransactionAsync</c> that handed it out.</summary>
public sealed class DatabaseTransaction
{
    internal DatabaseTransaction(NpgsqlConnection connection) => Connection = connection;

    /// <summary>
    /// For COPY, which row-level security forbids into a table: copy into a temporary table and insert from there.
    /// Everything on it is part of the transaction.
    /// </summary>
    public NpgsqlConnection Connection { get; }

    /// <inheritdoc cref="DatabaseSession.FindAsync{T}"/>
    public Task<T?> FindAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        new Statement(sql, parameters, null, cancellation).FindAsync<T>(Connection);

    /// <inheritdoc cref="DatabaseSession.ListAsync{T}"/>
    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        new Statement(sql, parameters, null, cancellation).ListAsync<T>(Connection);

    /// <summary>Every row of a query, each when it comes, so that they need no room together.</summary>
    public IAsyncEnumerable<T> StreamAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        new Statement(sql, parameters, null, cancellation).StreamAsync<T>(Connection);

    /// <inheritdoc cref="DatabaseSession.ValueAsync{T}"/>
    public Task<T> ValueAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        new Statement(sql, parameters, null, cancellation).ValueAsync<T>(Connection);

    /// <inheritdoc cref="DatabaseSession.ExecuteAsync"/>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken cancellation) =>
        new Statement(sql, parameters, null, cancellation).ExecuteAsync(Connection);

    /// <inheritdoc cref="DatabaseSession.ChangedAsync"/>
    public async Task<bool> ChangedAsync(string sql, object? parameters, CancellationToken cancellation) =>
        await ExecuteAsync(sql, parameters, cancellation) > 0;
}
