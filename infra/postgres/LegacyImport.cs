using Npgsql;

namespace Assay;

/// <summary>
/// Brings prompts from tables of before into an organization, as <c>legacy.md</c> tells: all in one transaction, and
/// safe to repeat. Tables of another database are copied into the schema <c>legacy</c> first.
/// </summary>
/// <param name="here">Where they come to, as an administrator.</param>
public sealed class LegacyImport(NpgsqlConnectionStringBuilder here, TextWriter output)
{
    private const string Copied = "Copied by ./dev db import-legacy.";

    // What such a table has at least.
    private static readonly Dictionary<string, string[]> tables = new()
    {
        ["prompts"] = ["id", "name", "content"],
        ["prompt_relations"] = ["id", "source_id", "target_id", "relation_type"],
        ["prompt_templates"] = ["id", "name", "template_content"],
    };

    private static string AllTables => string.Join(", ", tables.Keys.Select(table => $"legacy.{table}"));

    /// <param name="database">
    /// A name on the same server, or a connection string. One other than this has the tables in its schema
    /// <c>legacy</c> or <c>public</c>, this one in <c>legacy</c>.
    /// </param>
    /// <param name="email">A member's, whose everything becomes.</param>
    /// <returns>0, or 1 when rows were refused.</returns>
    /// <exception cref="MigrationException">It cannot begin; nothing is changed then.</exception>
    public async Task<int> RunAsync(
        string database, string slug, string email, CancellationToken cancellation)
    {
        await using var target = await OpenAsync(here, cancellation);
        await using var transaction = await target.BeginTransactionAsync(cancellation);
        if (await ValueAsync(target, "select to_regprocedure('core.import_entity(jsonb,text,boolean)')::text") is null)
            throw new MigrationException($"{here.Database} has no tables for prompts yet: ./dev db migrate.");
        try
        {
            if (database == here.Database)
                await PrepareAsync(target, await FindAsync(target, ["legacy"], database), slug, email);
            else
                await CopyAsync(target, database, slug, email, cancellation);
            var isClean = await LoadAsync(target, slug);
            await transaction.CommitAsync(cancellation);
            return isClean ? 0 : 1;
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.RaiseException)
        {
            throw new MigrationException(refusal.MessageText, refusal);
        }
    }

    private static async Task PrepareAsync(
        NpgsqlConnection target, IReadOnlyCollection<(string, string)> found, string slug, string email)
    {
        await using var sql = typeof(LegacyImport).Assembly.GetManifestResourceStream("legacy.sql")!;
        using var reader = new StreamReader(sql);
        await ValueAsync(target, await reader.ReadToEndAsync());
        await ValueAsync(target, "select legacy.aim($1, $2)", slug, email);
    }

    private async Task CopyAsync(
        NpgsqlConnection target, string database, string slug, string email, CancellationToken cancellation)
    {
        await using var source = await OpenAsync(
            database.Contains('=') || database.Contains("://")
                ? ConnectionStrings.Parse(database)
                : new(here.ConnectionString) { Database = database },
            cancellation);
        var found = await FindAsync(source, ["legacy", "public"], source.Database);
        // What programs write here by now, or was restored, is no copy to be made anew.
        if (await ValueAsync(
            target,
            """
            select 'own' from to_regnamespace('legacy') n
            where n is not null and (obj_description(n, 'pg_namespace') is distinct from $1 or exists (
                select from pg_trigger t join pg_class c on c.oid = t.tgrelid
                where c.relnamespace = n and not t.tgisinternal))
            """,
            Copied) is not null)
            throw new MigrationException(
                $"{here.Database} has tables of its own in the schema legacy. Name {here.Database} to bring these, "
                + "or drop the schema.");

        await PrepareAsync(target, found, slug, email);
        await ValueAsync(target, $"comment on schema legacy is '{Copied}'");
        await ValueAsync(target, $"truncate {AllTables}");
        foreach (var (schema, table) in found)
            await CopyAsync(source, target, schema, table, cancellation);
    }

    // By the columns that both have, in text, which takes other types of the same meaning.
    private async Task CopyAsync(
        NpgsqlConnection source, NpgsqlConnection target, string schema, string table, CancellationToken cancellation)
    {
        var common = (await ColumnsAsync(target, "legacy", table)).Intersect(await ColumnsAsync(source, schema, table));
        var columns = string.Join(", ", common.Select(column => $"\"{column}\""));
        using (var rows = await source.BeginTextExportAsync(
            $"copy (select {columns} from {schema}.{table}) to stdout", cancellation))
        await using (var copy = await target.BeginTextImportAsync(
            $"copy legacy.{table} ({columns}) from stdin", cancellation))
        {
            var buffer = new char[64 * 1024];
            for (int read; (read = await rows.ReadAsync(buffer, cancellation)) > 0;)
                await copy.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
        output.WriteLine($"Copied {await ValueAsync(target, $"select count(*) from legacy.{table}")} {table}.");
    }

    /// <returns>Whether nothing was refused.</returns>
    private async Task<bool> LoadAsync(NpgsqlConnection target, string slug)
    {
        output.WriteLine($"Bringing them into {slug}:");
        // Nobody else looked at them yet, and without counts each row is compared with each.
        await ValueAsync(target, $"analyze {AllTables}");
        await using var load = new NpgsqlCommand(
            """
            select table_name, count(*), said, min(id collate "C")
            from (
                select table_name, id, case
                    when outcome like '%|%' then 'refused: ' || replace(outcome, '|', ': expected ')
                    else outcome end as said
                from legacy.load()) loaded
            group by table_name, said
            order by table_name collate "C", said collate "C"
            """,
            target) { CommandTimeout = 0 };
        await using var rows = await load.ExecuteReaderAsync();
        var isClean = true;
        while (await rows.ReadAsync())
        {
            var said = rows.GetString(2);
            var such = said.Contains(':') ? $" ({rows.GetString(3)})" : "";
            output.WriteLine($"{rows.GetString(0),-16} {rows.GetInt64(1),8} {said}{such}");
            isClean &= !said.StartsWith("refused", StringComparison.Ordinal);
        }
        return isClean;
    }

    private static async Task<List<(string Schema, string Table)>> FindAsync(
        NpgsqlConnection connection, string[] schemas, string database)
    {
        var found = new List<(string, string)>();
        foreach (var (table, needed) in tables)
            foreach (var schema in schemas)
            {
                var columns = await ColumnsAsync(connection, schema, table);
                if (columns.Count == 0)
                    continue;
                if (needed.Except(columns).ToList() is { Count: > 0 } missing)
                    throw new MigrationException(
                        $"{schema}.{table} of {database} has no {string.Join(", ", missing)}: it is another table "
                        + "than those that legacy.sql begins with.");
                found.Add((schema, table));
                break;
            }
        return found.Count > 0 ? found : throw new MigrationException(
            $"{database} has none of the tables {string.Join(", ", tables.Keys)} in "
            + $"{string.Join(" or ", schemas.Select(schema => $"the schema {schema}"))}.");
    }

    private static async Task<IReadOnlyList<string>> ColumnsAsync(
        NpgsqlConnection connection, string schema, string table) =>
        (string[]?)await ValueAsync(
            connection,
            """
            select array_agg(attname::text order by attnum) from pg_attribute
            where attrelid = to_regclass(quote_ident($1) || '.' || quote_ident($2)) and attnum > 0
                and not attisdropped
            """,
            schema, table) ?? [];

    private static async Task<object?> ValueAsync(NpgsqlConnection connection, string sql, params string[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync() is { } found and not DBNull ? found : null;
    }

    private static async Task<NpgsqlConnection> OpenAsync(
        NpgsqlConnectionStringBuilder server, CancellationToken cancellation)
    {
        // In one process alone, so that no pool keeps it.
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await connection.DisposeAsync();
            throw new MigrationException(
                $"There is no database {server.Database} at {server.Host}:{server.Port}.", missing);
        }
    }
}
