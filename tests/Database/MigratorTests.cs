namespace Assay;

public sealed class MigratorTests
{
    private static readonly MigrationFile First = new(
        1, "first", "create table ops.first (id int);", "drop table ops.first;");

    private static readonly MigrationFile Second = new(
        2, "second", "create table ops.second (id int);", "drop table ops.second;");

    // Everything that a migration can leave behind: tables with rights, columns, constraints, indexes, policies,
    // triggers, functions, sequences, default rights.
    private const string Everything =
        """
        with mine as (select oid, nspname from pg_namespace where nspname in ('ops', 'core', 'mart'))
        select 'schema ' || s.nspname || coalesce(s.nspacl, acldefault('n', s.nspowner))::text
            from pg_namespace s join mine on mine.oid = s.oid
        union all select 'relation ' || c.oid::regclass || c.relkind::text || c.relrowsecurity || c.relforcerowsecurity
            || coalesce(c.relacl, acldefault('r', c.relowner))::text
            from pg_class c join mine on mine.oid = c.relnamespace
        union all select 'column ' || attrelid::regclass || '.' || attname || format_type(atttypid, atttypmod)
            || attnotnull || coalesce(attacl::text, '') || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
            from pg_attribute a
            join pg_class c on c.oid = a.attrelid
            join mine on mine.oid = c.relnamespace
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where attnum > 0 and not attisdropped
        union all select 'constraint ' || conname || pg_get_constraintdef(k.oid)
            from pg_constraint k join mine on mine.oid = k.connamespace
        union all select 'index ' || indexdef from pg_indexes join mine on mine.nspname = schemaname
        union all select 'policy ' || p.*::text from pg_policies p join mine on mine.nspname = schemaname
        union all select 'trigger ' || pg_get_triggerdef(t.oid) from pg_trigger t
            join pg_class c on c.oid = t.tgrelid join mine on mine.oid = c.relnamespace where not t.tgisinternal
        union all select 'function ' || pg_get_functiondef(p.oid)
            || coalesce(p.proacl, acldefault('f', p.proowner))::text
            from pg_proc p join mine on mine.oid = p.pronamespace
        union all select 'defaults ' || defaclobjtype::text || defaclacl::text from pg_default_acl
        order by 1
        """;

    [Fact]
    public async Task Every_migration_is_undone_by_its_down_file()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        var migrator = scratch.NewMigrator(MigrationFile.Embedded);
        await migrator.MoveToAsync(0, CancellationToken.None);

        var before = await scratch.ListAsync(Everything);
        for (var version = 1; version <= MigrationFile.Embedded.Count; version++)
        {
            Assert.Equal(1, await migrator.MoveToAsync(version, CancellationToken.None));
            var after = await scratch.ListAsync(Everything);
            Assert.Equal(1, await migrator.RollbackAsync(1, CancellationToken.None));
            Assert.Equal(before, await scratch.ListAsync(Everything));
            Assert.Equal(1, await migrator.MoveToAsync(version, CancellationToken.None));
            Assert.Equal(after, await scratch.ListAsync(Everything));
            before = after;
        }
    }

    [Fact]
    public async Task All_migrations_go_down_and_up_again()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        var migrator = scratch.NewMigrator(MigrationFile.Embedded);
        var all = MigrationFile.Embedded.Count;

        Assert.Equal(all, await migrator.MigrateAsync(CancellationToken.None));
        Assert.Equal(0, await migrator.MigrateAsync(CancellationToken.None));
        Assert.Equal(all, await migrator.RollbackAsync(1000, CancellationToken.None));
        Assert.Equal(
            ["ops.migration"],
            await scratch.ListAsync(
                """
                select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where n.nspname in ('ops', 'core', 'mart') and c.relkind in ('r', 'p', 'v', 'm', 'S')
                """));
        Assert.Equal(all, await migrator.MigrateAsync(CancellationToken.None));
    }

    [Fact]
    public async Task An_edited_migration_that_has_run_is_refused_with_its_name()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        await scratch.NewMigrator([First]).MigrateAsync(CancellationToken.None);
        var edited = First with { Up = First.Up + " -- edited" };

        foreach (var migrations in new[] { [edited], new[] { edited, Second } })
        {
            var refusal = await Assert.ThrowsAsync<MigrationException>(
                () => scratch.NewMigrator(migrations).MigrateAsync(CancellationToken.None));
            Assert.Contains("0001_first was edited after it ran", refusal.Message);
        }
        await Assert.ThrowsAsync<MigrationException>(
            () => scratch.NewMigrator([edited]).StatusAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_database_newer_than_the_build_is_left_alone()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        await scratch.NewMigrator([First, Second]).MigrateAsync(CancellationToken.None);

        var refusal = await Assert.ThrowsAsync<MigrationException>(
            () => scratch.NewMigrator([First]).RollbackAsync(1, CancellationToken.None));

        Assert.Contains("0002_second, which this build does not know", refusal.Message);
    }

    [Fact]
    public async Task A_failing_migration_is_undone_and_named_with_its_reason()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        var broken = new MigrationFile(2, "broken", "create table ops.half (id int);\nselect nothing_such;", "");

        var failure = await Assert.ThrowsAsync<MigrationException>(
            () => scratch.NewMigrator([First, broken]).MigrateAsync(CancellationToken.None));

        Assert.Contains("0002_broken failed and was undone", failure.Message);
        Assert.Contains("nothing_such", failure.Message);
        Assert.Empty(await scratch.ListAsync("select relname from pg_class where relname = 'half'"));
        var states = await scratch.NewMigrator([First, broken]).StatusAsync(CancellationToken.None);
        Assert.NotNull(states[0].AppliedAt);
        Assert.Null(states[1].AppliedAt);
    }

    [Fact]
    public async Task Runners_that_race_apply_each_migration_once()
    {
        await using var scratch = new ScratchDatabase();

        async Task<int> RunAsync()
        {
            await scratch.PrepareAsync();
            return await scratch.NewMigrator([First, Second]).MigrateAsync(CancellationToken.None);
        }
        var moved = await Task.WhenAll(RunAsync(), RunAsync(), RunAsync(), RunAsync());

        Assert.Equal(2, moved.Sum());
    }

    [Fact]
    public async Task Moving_to_a_version_goes_either_way()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        var steps = new List<string>();
        var migrator = scratch.NewMigrator([First, Second], steps.Add);

        await migrator.MoveToAsync(2, CancellationToken.None);
        await migrator.MoveToAsync(1, CancellationToken.None);

        Assert.Equal(["Applying 0001_first", "Applying 0002_second", "Reverting 0002_second"], steps);
        await Assert.ThrowsAsync<MigrationException>(() => migrator.MoveToAsync(3, CancellationToken.None));
    }
}
