using Npgsql;

namespace Assay;

public sealed class SchemaTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    // Tables with an organization_id, but for partitions, whose parents are asked about: forced row security, the app's
    // policy by organization, and no policy or right beyond it.
    private const string Unprotected =
        """
        select c.oid::regclass::text
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
        where c.relkind in ('r', 'p') and not c.relispartition
            and exists (select from pg_attribute a
                where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped)
            and not (
                c.relrowsecurity and c.relforcerowsecurity
                and exists (select from pg_policy p
                    where p.polrelid = c.oid and p.polcmd = '*' and p.polroles = array['assay_app'::regrole::oid]
                        and pg_get_expr(p.polqual, p.polrelid) like '%organization_id = %current_organization()%'
                        and pg_get_expr(p.polwithcheck, p.polrelid) like '%organization_id = %current_organization()%'))
        order by 1
        """;

    // Foreign keys that no index serves: one whose first column is among the key's, and is not the organization unless
    // that is the whole key, since an organization has many rows.
    private const string Unindexed =
        """
        select k.conrelid::regclass || '.' || k.conname
        from pg_constraint k
        join pg_namespace n on n.oid = k.connamespace and n.nspname in ('ops', 'core', 'mart')
        where k.contype = 'f' and k.conparentid = 0
            and not exists (
                select from pg_index i
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = k.conrelid and i.indkey[0] = any (k.conkey)
                    and (a.attname <> 'organization_id' or cardinality(k.conkey) = 1)
                    and (i.indpred is null
                        or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname)))
        order by 1
        """;

    [Fact]
    public async Task Every_table_of_organizations_is_behind_row_level_security() =>
        Assert.Empty(await ListAsync(Unprotected));

    [Fact]
    public async Task Every_table_marked_so_in_the_data_model_holds_an_organization()
    {
        string[] marked =
        [
            "ops.organization_user", "ops.api_key", "ops.provider_credential", "ops.workflow_run", "ops.workflow_node",
            "ops.workflow_metric",
            "ops.event", "ops.usage_event", "core.analysis_result", "core.judge_rubric", "core.judge_criterion",
            "core.judge_score", "core.document", "core.document_chunk", "core.embedding", "mart.metric_timeseries",
            "mart.feature_daily", "mart.analysis_daily", "ops.feature_flag_override", "ops.setting_override",
            "ops.idempotency_key", "ops.cache_entry", "core.framework",
        ];

        var secured = await ListAsync("select oid::regclass::text from pg_class where relforcerowsecurity");

        Assert.Empty(marked.Except(secured));
    }

    [Fact]
    public async Task A_table_that_forgets_row_level_security_is_found()
    {
        await using var scratch = await TestDatabase.CreateAsync();
        await scratch.ExecuteAsync(
            """
            create table core.forgetful (organization_id uuid);
            create table core.unforced (organization_id uuid);
            select ops.isolate_organization('core.unforced');
            alter table core.unforced no force row level security;
            """);

        Assert.Equal(["core.forgetful", "core.unforced"], await ListAsync(Unprotected, scratch));
    }

    [Fact]
    public async Task Every_foreign_key_is_indexed() => Assert.Empty(await ListAsync(Unindexed));

    [Fact]
    public async Task A_foreign_key_without_index_is_found()
    {
        await using var scratch = await TestDatabase.CreateAsync();
        await scratch.ExecuteAsync(
            "create table core.slow (user_id uuid constraint slow_user references ops.user_account (id))");

        Assert.Equal(["core.slow.slow_user"], await ListAsync(Unindexed, scratch));
    }

    [Fact]
    public async Task No_role_of_the_app_can_reach_around_policies_and_partitions()
    {
        Assert.Empty(await ListAsync(
            """
            select rolname::text from pg_roles
            where rolname in ('assay_owner', 'assay_app', 'assay_job', 'assay_durable', 'assay_identity')
                and (rolsuper or rolcreatedb or rolcreaterole or rolbypassrls
                    or rolcanlogin = (rolname = 'assay_identity'))
            """));
        Assert.Empty(await ListAsync(
            """
            select c.oid::regclass::text from pg_class c
            where c.relispartition and c.relkind = 'r'
                and (has_table_privilege('assay_app', c.oid, 'select, insert, update, delete')
                    or has_table_privilege('assay_job', c.oid, 'select, insert, update, delete'))
            """));
        // Row-level security cannot guard a materialized view, nor a view that is read as its owner.
        Assert.Empty(await ListAsync(
            """
            select c.oid::regclass::text from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
            where (c.relkind = 'm'
                    or c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false))
                and (has_table_privilege('assay_app', c.oid, 'select, insert, update, delete')
                    or has_table_privilege('assay_job', c.oid, 'select, insert, update, delete'))
            """));
        Assert.Empty(await ListAsync(
            """
            select c.oid::regclass::text from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
            where c.relowner not in ('assay_owner'::regrole, 'assay_identity'::regrole)
            """));
        Assert.Empty(await ListAsync(
            """
            select p.oid::regprocedure::text from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace and n.nspname in ('ops', 'core', 'mart')
            where has_function_privilege('public', p.oid, 'execute')
                or (p.prosecdef and not coalesce(p.proconfig::text like '%search_path%', false))
            """));
    }

    [Fact]
    public async Task The_event_log_is_written_by_nobody_but_its_trigger()
    {
        var organization = await database.AddOrganizationAsync();
        string[] all =
        [
            $"insert into ops.event (organization_id, entity_type, entity_id, action) values ('{organization}', 'a', "
                + "gen_random_uuid(), 'created')",
            "update ops.event set action = 'x'",
            "delete from ops.event",
        ];

        foreach (var forbidden in all)
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(
                () => database.As(organization).ExecuteAsync(forbidden, null, CancellationToken.None));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    [Fact]
    public async Task Every_open_structure_is_checked_and_every_constraint_named()
    {
        Assert.Empty(await ListAsync(
            """
            select a.attrelid::regclass || '.' || a.attname
            from pg_attribute a
            join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
            where a.atttypid = 'jsonb'::regtype and not a.attisdropped
                and a.attrelid::regclass::text || '.' || a.attname <> 'ops.workflow_metric.value_json'
                and not exists (select from pg_constraint k
                    where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any (k.conkey)
                        and pg_get_constraintdef(k.oid) like '%jsonb_typeof%')
            """));
        // A name that Postgres made up ends in _check, and may have a number after it.
        Assert.Empty(await ListAsync(
            """
            select conrelid::regclass || '.' || conname from pg_constraint k
            join pg_namespace n on n.oid = k.connamespace and n.nspname in ('ops', 'core', 'mart')
            where contype = 'c' and conname ~ '_check\d*$'
            """));
    }

    private Task<IReadOnlyList<string>> ListAsync(string sql) => ListAsync(sql, database);

    private static async Task<IReadOnlyList<string>> ListAsync(string sql, TestDatabase database)
    {
        await using var source = NpgsqlDataSource.Create(database.Administrator);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));
        return names;
    }
}
