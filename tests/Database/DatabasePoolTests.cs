namespace Assay;

/// <summary>What one test leaves in a database is not there for the next.</summary>
public sealed class DatabasePoolTests : IAsyncLifetime
{
    private PooledDatabase database = null!;

    public async Task InitializeAsync() => database = await DatabasePool.TakeAsync(DatabasePool.NewName());

    public Task DisposeAsync() => TestServer.DropAsync(database.Name);

    [Fact]
    public async Task What_was_added_is_gone_and_the_rest_is_there()
    {
        await using var connection = await TestServer.OpenAsync(database.Name);
        var before = await DatabaseOrigin.ReadAsync(connection);
        await TestServer.ExecuteAsync(
            connection,
            """
            insert into ops.organization (id, name, slug) values (gen_random_uuid(), 'Test', 'test');
            insert into ops.event (organization_id, entity_type, entity_id, action)
            select id, 'test', id, 'written' from ops.organization;
            insert into durable_task.instance (hub, instance_id, execution_id, name)
            values ('test', 'one', 'first', 'Test');
            create temporary table mine (id text)
            """);
        await connection.CloseAsync();

        Assert.True(await DatabasePool.TryCleanAsync(database));

        await using var next = await TestServer.OpenAsync(database.Name);
        var after = await DatabaseOrigin.ReadAsync(next);
        Assert.Equal((before.Rows, before.Catalog), (after.Rows, after.Catalog));
    }

    [Theory]
    [InlineData("update mart.rollup_watermark set buckets_changed = 1")]
    [InlineData("delete from ops.provider")]
    [InlineData("create table ops.more (id integer)")]
    [InlineData("alter table ops.organization add more integer")]
    [InlineData("alter table ops.organization no force row level security")]
    [InlineData("drop policy if exists organization on core.document; create index on core.document (id)")]
    [InlineData("create function ops.more() returns integer language sql return 1")]
    [InlineData("grant select on ops.scope_key to assay_app")]
    [InlineData("create schema more")]
    [InlineData("alter role assay_app in database NAME set work_mem = '1MB'")]
    [InlineData("grant temporary on database NAME to public")]
    [InlineData("select lo_create(0)")]
    [InlineData("insert into ops.organization (name, slug) values ('Test', 'test'); analyze ops.organization")]
    public async Task A_database_that_has_become_another_is_none_for_the_next(string statements)
    {
        await using (var connection = await TestServer.OpenAsync(database.Name))
            await TestServer.ExecuteAsync(connection, statements.Replace("NAME", database.Name));

        Assert.False(await DatabasePool.TryCleanAsync(database));
    }

    [Fact]
    public async Task A_database_that_somebody_works_in_is_none_for_the_next()
    {
        await using var connection = await TestServer.OpenAsync(database.Name);
        await using var transaction = await connection.BeginTransactionAsync();
        await TestServer.ExecuteAsync(connection, "select count(*) from ops.organization");

        Assert.False(await DatabasePool.TryCleanAsync(database));
    }
}
