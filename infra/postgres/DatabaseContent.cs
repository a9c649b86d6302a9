using Npgsql;

namespace Assay;

/// <summary>A table and what it holds, whatever the order of its rows.</summary>
/// <param name="Checksum">Sum of a 64-bit hash of each row's text.</param>
public sealed record TableContent(string Name, long Rows, string Checksum);

/// <summary>
/// What is in a database: its tables of every schema, partitions each by itself, and how far sequences have come. What
/// PostgreSQL computes from it (generated columns, materialized views) is left out.
/// </summary>
/// <param name="Sequences">By name; a dump may hold a later value, since sequences heed no snapshot.</param>
public sealed record DatabaseContent(
    IReadOnlyList<TableContent> Tables, IReadOnlyDictionary<string, long> Sequences)
{
    public long Rows => Tables.Sum(table => table.Rows);

    /// <summary>Reads it all, in the connection's transaction, which should see one snapshot.</summary>
    /// <exception cref="PostgresException">Row-level security would hide rows from this role.</exception>
    public static async Task<DatabaseContent> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // Rows are compared as text, so nothing may depend on who reads them.
        await using var settings = new NpgsqlCommand(
            """
            set local row_security = off;
            set local timezone = 'UTC';
            set local datestyle = 'ISO, YMD';
            set local intervalstyle = 'postgres';
            set local extra_float_digits = 1;
            set local bytea_output = 'hex'
            """,
            connection);
        await settings.ExecuteNonQueryAsync(cancellation);

        // Before the tables: whatever is dumped later has come at least as far.
        var sequences = await ListAsync(
            connection,
            """
            select format('%I.%I', schemaname, sequencename), last_value
            from pg_sequences
            where last_value is not null and schemaname <> 'information_schema' and schemaname not like 'pg\_%'
            order by 1
            """,
            reader => (Name: reader.GetString(0), Value: reader.GetInt64(1)), cancellation);

        var tables = new List<TableContent>();
        foreach (var (name, columns) in await TablesAsync(connection, cancellation))
            tables.Add(await ReadTableAsync(connection, name, columns, cancellation));
        return new DatabaseContent(
            tables, sequences.ToDictionary(sequence => sequence.Name, sequence => sequence.Value));
    }

    /// <summary>What is not as it was in <paramref name="before"/>, a line each.</summary>
    public IReadOnlyList<string> DifferencesFrom(DatabaseContent before)
    {
        var now = Tables.ToDictionary(table => table.Name);
        var known = before.Tables.Select(table => table.Name).ToHashSet();
        return
        [
            .. before.Tables.Select(table => Difference(table, now.GetValueOrDefault(table.Name))).OfType<string>(),
            .. Tables.Where(table => !known.Contains(table.Name)).Select(table => $"{table.Name} was not there"),
            .. before.Sequences
                .Where(sequence => Sequences.GetValueOrDefault(sequence.Key, long.MinValue) < sequence.Value)
                .Select(sequence => $"the sequence {sequence.Key} has not come to {sequence.Value}"),
        ];
    }

    private static string? Difference(TableContent before, TableContent? now) => now switch
    {
        null => $"{before.Name} is missing",
        _ when now.Rows != before.Rows => $"{before.Name} has {now.Rows:n0} rows instead of {before.Rows:n0}",
        _ when now.Checksum != before.Checksum => $"{before.Name} has {now.Rows:n0} rows, but not the same",
        _ => null,
    };

    private static Task<List<(string Name, string Columns)>> TablesAsync(
        NpgsqlConnection connection, CancellationToken cancellation) =>
        ListAsync(
            connection,
            """
            select format('%I.%I', n.nspname, c.relname),
                coalesce(string_agg(format('t.%I', a.attname), ', ' order by a.attnum), '')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                and a.attgenerated = ''
            where c.relkind = 'r' and c.relpersistence <> 't'
                and n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
                and not exists (
                    select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
            group by 1
            order by 1
            """,
            reader => (reader.GetString(0), reader.GetString(1)), cancellation);

    private static async Task<TableContent> ReadTableAsync(
        NpgsqlConnection connection, string name, string columns, CancellationToken cancellation)
    {
        var contents = await ListAsync(
            connection,
            $"""
            select count(*), coalesce(sum(hashtextextended(row({columns})::text, 0)), 0)::text
            from only {name} t
            """,
            reader => new TableContent(name, reader.GetInt64(0), reader.GetString(1)), cancellation);
        return contents[0];
    }

    private static async Task<List<T>> ListAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }
}
