using Npgsql;

namespace Assay;

/// <summary>What a database was like when it had just been made, and the way back there.</summary>
/// <param name="Transaction">Rows of later ones are not the template's.</param>
/// <param name="Rows">How many rows each table had that had any, as JSON.</param>
/// <param name="Catalog">How many tables, columns, functions, rights and so on there were.</param>
internal sealed record DatabaseOrigin(string Transaction, string Rows, string Catalog)
{
    private const int MegabytesMax = 40;

    private const string OwnTables =
        """
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        where c.relkind in ('r', 'm')
        """;

    // What orchestrations are kept in is for their engine alone to write, while it runs.
    private const string WithoutEngine = "and n.nspname <> 'durable_task'";

    // What a session has made for itself goes with it, but for the schema that it had it in.
    private const string Temporary = "nspname ~ '^pg_(toast_)?temp_'";

    private const string CatalogNow =
        $"""
        select concat_ws(' ',
            (select count(*) from pg_namespace where not {Temporary}),
            (select count(*) from pg_class where relnamespace not in (select oid from pg_namespace where {Temporary})),
            (select count(*) from pg_attribute a
                join pg_class c on c.oid = a.attrelid
                where relnamespace not in (select oid from pg_namespace where {Temporary})),
            (select count(*) from pg_proc), (select count(*) from pg_trigger), (select count(*) from pg_constraint),
            (select count(*) from pg_policy), (select count(*) from pg_attrdef), (select count(*) from pg_rewrite),
            (select count(*) from pg_default_acl), (select count(*) from pg_extension),
            (select count(*) from pg_statistic_ext), (select count(*) from pg_event_trigger),
            (select count(*) from pg_publication), (select count(*) from pg_largeobject_metadata),
            (select count(*) from pg_db_role_setting
                where setdatabase = (select oid from pg_database where datname = current_database())),
            (select datacl::text from pg_database where datname = current_database()))
        """;

    // Whether anything of these was made or altered since. Statistics are of rows that are gone.
    private const string CatalogChanged =
        $"""
        select exists (select from pg_namespace where age(xmin) < newest.age and not {Temporary})
            or exists (select from pg_class where age(xmin) < newest.age)
            or exists (select from pg_attribute where age(xmin) < newest.age)
            or exists (select from pg_proc where age(xmin) < newest.age)
            or exists (select from pg_trigger where age(xmin) < newest.age)
            or exists (select from pg_constraint where age(xmin) < newest.age)
            or exists (select from pg_policy where age(xmin) < newest.age)
            or exists (select from pg_attrdef where age(xmin) < newest.age)
            or exists (select from pg_rewrite where age(xmin) < newest.age)
            or exists (select from pg_index where age(xmin) < newest.age)
            or exists (select from pg_sequence where age(xmin) < newest.age)
            or exists (select from pg_type where age(xmin) < newest.age)
            or exists (select from pg_inherits where age(xmin) < newest.age)
            or exists (select from pg_statistic s where age(s.xmin) < newest.age
                and s.starelid in (select c.oid {OwnTables}))
        """;

    public static async Task<DatabaseOrigin> ReadAsync(NpgsqlConnection connection)
    {
        var rows = await ValueAsync(
            connection,
            $"""
            select string_agg(format('select %L as name, count(*) as rows from only %s', c.oid::regclass,
                c.oid::regclass), ' union all ')
            {OwnTables} and pg_relation_size(c.oid) > 0
            """);
        return new(
            await ValueAsync(connection, "select pg_current_xact_id()::xid::text"),
            await ValueAsync(
                connection, $"select jsonb_object_agg(name, rows)::text from ({rows}) counted where rows > 0"),
            await ValueAsync(connection, CatalogNow));
    }

    /// <summary>Removes what was added since. False where more has become of it than that.</summary>
    /// <param name="isServing">An app goes on with it, whose orchestrations have ended; they stay.</param>
    public async Task<bool> TryRestoreAsync(NpgsqlConnection connection, bool isServing = false)
    {
        if (await ValueAsync(connection, "select pg_database_size(current_database()) >> 20") is var megabytes
            && int.Parse(megabytes) > MegabytesMax)
            return false;
        if (!await (isServing ? RestsAsync(connection) : TryBeAloneAsync(connection)))
            return false;
        await TestServer.ExecuteAsync(connection, Restoring(isServing ? WithoutEngine : ""));
        if (await ValueAsync(connection, CatalogNow) != Catalog
            || await ValueAsync(connection, $"{CatalogChanged} from (select age('{Transaction}'::xid)) newest (age)")
                != "False")
            return false;
        var vacuumed = await ValueAsync(connection, "select current_setting('assay_test.vacuumed')");
        if (vacuumed.Length > 0)
            await TestServer.ExecuteAsync(connection, $"vacuum (index_cleanup on) {vacuumed}");
        return true;
    }

    // Who works is not ended: there is no telling what would have become of it.
    private static async Task<bool> TryBeAloneAsync(NpgsqlConnection connection) =>
        await ValueAsync(
            connection,
            """
            select coalesce(bool_and(state = 'idle' and pg_terminate_backend(pid, 5000)), true)
            from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
            """) == "True";

    private static async Task<bool> RestsAsync(NpgsqlConnection connection)
    {
        if (await ValueAsync(
                connection,
                """
                select exists (select from durable_task.instance where completed_at is null)
                    or exists (select from durable_task.message)
                """) == "True")
            return false;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            if (await ValueAsync(
                    connection,
                    """
                    select not exists (select from pg_stat_activity
                        where datname = current_database() and backend_type = 'client backend' and state <> 'idle'
                            and usename in ('assay_app', 'assay_job') and pid <> pg_backend_pid())
                    """) == "True")
                return true;
            await Task.Delay(50);
        }
        return false;
    }

    // Without triggers and foreign keys; whoever is no superuser may not, and then nothing is restored. Rows that are
    // gone still stand in the graph of an hnsw index, where they are in the way of others, until they are vacuumed.
    private string Restoring(string only) =>
        $$"""
        do $$
        declare
            newest constant integer := age('{{Transaction}}'::xid);
            known constant jsonb := '{{Rows}}';
            found record;
            gone bigint;
            rest bigint;
            vacuumed text[] := '{}';
        begin
            set local session_replication_role = replica;
            set local lock_timeout = '5s';
            for found in
                select c.oid::regclass::text as name, c.relkind, exists (
                    select from pg_index i
                    join pg_class x on x.oid = i.indexrelid
                    join pg_am m on m.oid = x.relam and m.amname = 'hnsw'
                    where i.indrelid = c.oid) as has_graph
                {{OwnTables}} and pg_relation_size(c.oid) > 0 {{only}}
            loop
                if found.relkind = 'r' then
                    execute format('delete from only %s where age(xmin) < %s', found.name, newest);
                    get diagnostics gone = row_count;
                    if gone > 500 or gone > 0 and found.has_graph then
                        vacuumed := vacuumed || found.name;
                    end if;
                end if;
                execute format('select count(*) from %s', found.name) into rest;
                if rest <> coalesce((known ->> found.name)::bigint, 0) then
                    raise exception 'There were % rows in %, and there are %.',
                        known ->> found.name, found.name, rest;
                end if;
            end loop;
            perform set_config('assay_test.vacuumed', array_to_string(vacuumed, ', '), false);
        end $$
        """;

    private static async Task<string> ValueAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return $"{await command.ExecuteScalarAsync()}";
    }
}
