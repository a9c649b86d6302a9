using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay;

public sealed class OrganizationIsolationTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string InsertRun = "insert into ops.workflow_run (organization_id, kind) values (@id, 'test')";
    private const string CountRuns = "select count(*) from ops.workflow_run";

    [Fact]
    public async Task An_organization_sees_and_changes_only_its_own_rows()
    {
        var (mine, theirs) = (await database.AddOrganizationAsync(), await database.AddOrganizationAsync());
        await database.As(mine).ExecuteAsync(InsertRun, new { id = mine }, CancellationToken.None);
        await database.As(theirs).ExecuteAsync(InsertRun, new { id = theirs }, CancellationToken.None);

        Assert.Equal(1, await CountAsync(database.As(mine)));
        Assert.Equal(1, await database.As(mine).ExecuteAsync(
            "update ops.workflow_run set kind = 'changed'", null, CancellationToken.None));
        Assert.Equal(
            "test",
            await database.As(theirs).ValueAsync<string>(
                "select kind from ops.workflow_run", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_row_of_another_organization_is_refused()
    {
        var (mine, theirs) = (await database.AddOrganizationAsync(), await database.AddOrganizationAsync());

        var refusal = await Assert.ThrowsAsync<PostgresException>(
            () => database.As(mine).ExecuteAsync(InsertRun, new { id = theirs }, CancellationToken.None));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task Without_an_organization_there_are_no_rows_and_no_error()
    {
        var organization = await database.AddOrganizationAsync();
        await database.As(organization).ExecuteAsync(InsertRun, new { id = organization }, CancellationToken.None);

        Assert.Equal(0, await CountAsync(database.As(null)));
    }

    [Fact]
    public async Task Jobs_see_every_organization()
    {
        var organizations = new[] { await database.AddOrganizationAsync(), await database.AddOrganizationAsync() };
        foreach (var id in organizations)
            await database.As(id).ExecuteAsync(InsertRun, new { id }, CancellationToken.None);

        var seen = await database.Jobs.ListAsync<Guid>(
            "select organization_id from ops.workflow_run where organization_id = any(@organizations)",
            new { organizations }, CancellationToken.None);

        Assert.Equal(organizations.Order(), seen.Order());
    }

    [Fact]
    public async Task A_chunk_cannot_belong_to_a_document_of_another_organization()
    {
        var (mine, theirs) = (await database.AddOrganizationAsync(), await database.AddOrganizationAsync());
        var document = Guid.CreateVersion7();
        await database.As(theirs).ExecuteAsync(
            """
            insert into core.document (id, organization_id, title, blob_path, byte_size, content_hash)
            values (@document, @theirs, 't', 'p', 1, sha256('x'))
            """,
            new { document, theirs }, CancellationToken.None);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.As(mine).ExecuteAsync(
            """
            insert into core.document_chunk (organization_id, document_id, document_version, chunk_index, content,
                start_offset, end_offset, token_count, content_hash)
            values (@mine, @document, 1, 0, 'x', 0, 1, 1, sha256('x'))
            """,
            new { mine, document }, CancellationToken.None));

        Assert.Equal("document_chunk_document", refusal.ConstraintName);
    }

    [Fact]
    public async Task A_pooled_connection_forgets_the_organization()
    {
        var organization = await database.AddOrganizationAsync();
        // One connection: every call below must use the one that the call before it used.
        await using var pools = new DatabasePools(Options.Create(new DatabaseOptions
        {
            Database = database.App + ";No Reset On Close=true",
            JobDatabase = database.Job,
            ScopeKey = database.Settings["Assay__ScopeKey"]!,
            DatabasePoolSize = 1,
        }));
        var scope = new OrganizationScope();
        scope.Enter(organization);
        var (inside, outside) = (new Database(pools, scope), new Database(pools, new OrganizationScope()));

        async Task<string?> LeftAsync() => await outside.ValueAsync<string?>(
            "select current_setting('assay.scope', true)", null, CancellationToken.None) is { Length: > 0 } id
                ? id
                : null;

        var process = await inside.ValueAsync<int>("select pg_backend_pid()", null, CancellationToken.None);
        Assert.Null(await LeftAsync());
        await Assert.ThrowsAsync<PostgresException>(
            () => inside.ExecuteAsync("select 1 / 0", null, CancellationToken.None));
        Assert.Null(await LeftAsync());
        await inside.InTransactionAsync(_ => Task.CompletedTask, CancellationToken.None);
        Assert.Null(await LeftAsync());
        await Assert.ThrowsAsync<NotSupportedException>(() => inside.InTransactionAsync(
            _ => throw new NotSupportedException(), CancellationToken.None));
        Assert.Null(await LeftAsync());
        Assert.Equal(
            process, await outside.ValueAsync<int>("select pg_backend_pid()", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_statement_under_an_organization_is_one_round_trip()
    {
        var administrator = TestServer.Administrator;
        await using var proxy = new ProtocolCounter(administrator.Host!, administrator.Port);
        var settings = new NpgsqlConnectionStringBuilder(database.App)
        {
            Host = "127.0.0.1",
            Port = proxy.Port,
            SslMode = SslMode.Disable,
        };
        await using var pools = new DatabasePools(Options.Create(new DatabaseOptions
        {
            Database = settings.ConnectionString,
            JobDatabase = database.Job,
            ScopeKey = database.Settings["Assay__ScopeKey"]!,
            DatabasePoolSize = 1,
        }));
        var organization = await database.AddOrganizationAsync();
        var scope = new OrganizationScope();
        scope.Enter(organization);
        var scoped = new Database(pools, scope);
        await scoped.ValueAsync<int>("select 1", null, CancellationToken.None);

        var before = proxy.RoundTrips;
        Assert.Equal(0, await CountAsync(scoped));
        Assert.Equal(1, proxy.RoundTrips - before);

        before = proxy.RoundTrips;
        await scoped.ExecuteAsync(InsertRun, new { id = organization }, CancellationToken.None);
        Assert.Equal(1, proxy.RoundTrips - before);
        Assert.Equal(1, await CountAsync(scoped));
    }

    [Fact]
    public async Task Dapper_learns_a_statement_once_for_all_organizations()
    {
        const string sql = "select count(*) from ops.workflow_run where id <> @id /* learned once */";
        for (var n = 0; n < 3; n++)
            await database.As(await database.AddOrganizationAsync()).ValueAsync<long>(
                sql, new { id = Guid.CreateVersion7() }, CancellationToken.None);

        Assert.Single(SqlMapper.GetCachedSQL(), cached => cached.Item2.Contains("learned once"));
    }

    [Fact]
    public async Task A_scope_serves_one_organization()
    {
        var scope = new OrganizationScope();
        var organization = await database.AddOrganizationAsync();
        scope.Enter(organization);
        scope.Enter(organization);

        Assert.Throws<InvalidOperationException>(() => scope.Enter(Guid.CreateVersion7()));
    }

    [Fact]
    public async Task A_scope_serves_one_actor()
    {
        var scope = new OrganizationScope();
        var user = new Actor(ActorKind.User, Guid.CreateVersion7(), Guid.CreateVersion7());
        scope.Enter(null, user);
        scope.Enter(await database.AddOrganizationAsync(), user);

        Assert.Throws<InvalidOperationException>(
            () => scope.Enter(null, user with { Id = Guid.CreateVersion7() }));
    }

    [Fact]
    public async Task A_person_sees_themselves_their_organizations_and_fellow_members_only()
    {
        var (mine, theirs) = (await database.AddOrganizationAsync(), await database.AddOrganizationAsync());
        var me = await database.AddMemberAsync(mine, Role.Viewer);
        var fellow = await database.AddMemberAsync(mine, Role.Member);
        await database.AddMemberAsync(theirs, Role.Member);

        Assert.Equal([me], await IdsAsync("ops.user_account", null, me));
        Assert.Equal([mine], await IdsAsync("ops.organization", null, me));
        Assert.Equal(new[] { me, fellow }.Order(), (await IdsAsync("ops.user_account", mine, me)).Order());
        Assert.Equal([mine], await IdsAsync("ops.organization", mine, null));

        await database.ExecuteAsync($"update ops.organization_user set status = 'removed' where user_id = '{me}'");
        Assert.Empty(await IdsAsync("ops.organization", null, me));
    }

    private Task<IReadOnlyList<Guid>> IdsAsync(string table, Guid? organization, Guid? user)
    {
        var scope = new OrganizationScope();
        scope.Enter(organization, new Actor(ActorKind.User, user, user));
        return new Database(database.Pools, scope).ListAsync<Guid>(
            $"select id from {table}", null, CancellationToken.None);
    }

    private static Task<long> CountAsync(Database organization) =>
        organization.ValueAsync<long>(CountRuns, null, CancellationToken.None);
}
