namespace Assay;

/// <summary>
/// The database across all organizations, through the role <c>assay_job</c>: for rollups, sweeps and maintenance only,
/// never for a request. Otherwise as <see cref="Database"/>.
/// </summary>
public sealed class JobDatabase(DatabasePools pools)
{
    private readonly DatabaseSession session = new(pools.Job);

    /// <inheritdoc cref="Database.FindAsync{T}"/>
    public Task<T?> FindAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        session.RunAsync(new Statement(sql, parameters, null, cancellation).FindAsync<T>, cancellation);

    /// <inheritdoc cref="Database.ListAsync{T}"/>
    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        session.RunAsync(new Statement(sql, parameters, null, cancellation).ListAsync<T>, cancellation);

    /// <inheritdoc cref="Database.ValueAsync{T}"/>
    public Task<T> ValueAsync<T>(string sql, object? parameters, CancellationToken cancellation) =>
        session.RunAsync(new Statement(sql, parameters, null, cancellation).ValueAsync<T>, cancellation);

    /// <inheritdoc cref="Database.ExecuteAsync"/>
    public Task<int> ExecuteAsync(string sql, object? parameters, CancellationToken cancellation) =>
        session.RunAsync(new Statement(sql, parameters, null, cancellation).ExecuteAsync, cancellation);

    /// <inheritdoc cref="Database.ChangedAsync"/>
    public async Task<bool> ChangedAsync(string sql, object? parameters, CancellationToken cancellation) =>
        await ExecuteAsync(sql, parameters, cancellation) > 0;

    /// <inheritdoc cref="Database.InTransactionAsync{T}"/>
    public Task<T> InTransactionAsync<T>(Func<DatabaseTransaction, Task<T>> work, CancellationToken cancellation) =>
        session.InTransactionAsync(null, work, cancellation);

    /// <inheritdoc cref="Database.InTransactionAsync{T}"/>
    public Task InTransactionAsync(Func<DatabaseTransaction, Task> work, CancellationToken cancellation) =>
        session.InTransactionAsync(
            null,
            async transaction =>
            {
                await work(transaction);
                return true;
            },
            cancellation);
}
