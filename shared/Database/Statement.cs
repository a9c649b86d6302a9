using System.Data.Common;
using System.Globalization;
using Dapper;
using Npgsql;

namespace Assay;

/// <summary>One statement against an open connection, with its answer read as rows, a value or a count.</summary>
internal sealed class Statement
{
    private const string EnterScope = "select ops.enter(@current_scope);";

    private readonly CommandDefinition command;
    private readonly bool scoped;
    private readonly CancellationToken cancellation;

    /// <param name="proof">
    /// Whom the statement is for, which is entered in front of it. Npgsql sends both in one round trip, and Postgres
    /// runs what comes in one as one transaction: the scope, local to it, ends with it. Null enters none.
    /// </param>
    public Statement(string sql, object? parameters, string? proof, CancellationToken cancellation)
    {
        this.cancellation = cancellation;
        scoped = proof is not null;
        command = scoped
            ? new CommandDefinition($"{EnterScope}\n{sql}", WithProof(parameters, proof!),
                cancellationToken: cancellation)
            : new CommandDefinition(sql, parameters, cancellationToken: cancellation);
    }

    /// <summary>Enters a scope for the rest of a transaction.</summary>
    public static Statement Entering(string proof, CancellationToken cancellation) =>
        new(EnterScope, WithProof(null, proof), null, cancellation);

    public async Task<T?> FindAsync<T>(NpgsqlConnection connection)
    {
        await using var reader = await ReadAsync(connection);
        if (!await reader.ReadAsync(cancellation))
            return default;
        var found = Parse<T>(reader);
        if (await reader.ReadAsync(cancellation))
            throw new InvalidOperationException("Expected at most one row, found more.");
        await FinishAsync(reader);
        return found;
    }

    public async Task<IReadOnlyList<T>> ListAsync<T>(NpgsqlConnection connection)
    {
        await using var reader = await ReadAsync(connection);
        var rows = new List<T>();
        if (await reader.ReadAsync(cancellation))
        {
            var parse = reader.GetRowParser(typeof(T));
            do
                rows.Add(Convert<T>(parse(reader)));
            while (await reader.ReadAsync(cancellation));
        }
        await FinishAsync(reader);
        return rows;
    }

    public async IAsyncEnumerable<T> StreamAsync<T>(NpgsqlConnection connection)
    {
        await using var reader = await ReadAsync(connection);
        if (!await reader.ReadAsync(cancellation))
            yield break;
        var parse = reader.GetRowParser(typeof(T));
        do
            yield return Convert<T>(parse(reader));
        while (await reader.ReadAsync(cancellation));
    }

    public async Task<T> ValueAsync<T>(NpgsqlConnection connection)
    {
        await using var reader = await ReadAsync(connection);
        if (!await reader.ReadAsync(cancellation))
            throw new InvalidOperationException("Expected one value, found no row.");
        var value = Parse<T>(reader);
        await FinishAsync(reader);
        return value;
    }

    /// <summary>Rows inserted, updated or deleted; 0 for a statement that does none of these.</summary>
    public async Task<int> ExecuteAsync(NpgsqlConnection connection) =>
        Math.Max(0, await connection.ExecuteAsync(command));

    private async Task<DbDataReader> ReadAsync(NpgsqlConnection connection)
    {
        var reader = await connection.ExecuteReaderAsync(command);
        try
        {
            if (scoped)
                await reader.NextResultAsync(cancellation);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    // A parameter and not a part of the text: Dapper generates code for every text that it has not seen.
    private static DynamicParameters WithProof(object? parameters, string proof)
    {
        var all = new DynamicParameters(parameters);
        all.Add("current_scope", proof);
        return all;
    }

    private static T Parse<T>(DbDataReader reader) => Convert<T>(reader.GetRowParser(typeof(T))(reader));

    // A row of one column is read as the column's own type, which may be narrower than what was asked for.
    private static T Convert<T>(object? value) => value switch
    {
        T found => found,
        null when default(T) is null => default!,
        null => throw new InvalidOperationException($"Expected a {typeof(T).Name}, found null."),
        _ => (T)System.Convert.ChangeType(
            value, Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T), CultureInfo.InvariantCulture),
    };

    // An error after the first row, or of a later statement, is known only once everything has been read.
    private async Task FinishAsync(DbDataReader reader)
    {
        while (await reader.NextResultAsync(cancellation))
        {
        }
    }
}
