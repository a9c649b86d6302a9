using Npgsql;

namespace Assay;

public sealed class EntityStatsTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private Guid organization;
    private MartStore marts = null!;
    private MartRollup rollup = null!;

    public async Task InitializeAsync()
    {
        organization = await database.AddOrganizationAsync();
        marts = MartsOf(null);
        rollup = new MartRollup(database.Jobs);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Everything_around_an_entity_is_counted()
    {
        var (ada, bob) = (await AddMemberAsync(), await AddMemberAsync());
        var (prompt, context, secret) = (
            await AddAsync("Prompt"), await AddAsync("Context", type: "context"), await AddAsync("Secret", ada));
        await database.ExecuteAsync(
            $"""
            update core.entity set title = 'Better prompt' where id = '{prompt}';
            insert into core.relationship (organization_id, source_id, target_id, type)
            values ('{organization}', '{prompt}', '{context}', 'depends_on'),
                ('{organization}', '{prompt}', '{context}', 'suggests'),
                ('{organization}', '{secret}', '{prompt}', 'derived_from');
            insert into core.favorite (organization_id, user_id, entity_id)
            values ('{organization}', '{ada}', '{prompt}'), ('{organization}', '{bob}', '{prompt}');
            insert into core.share (organization_id, entity_id, grantee, user_id, permission, expires_at, revoked_at)
            values ('{organization}', '{prompt}', 'user', '{ada}', 'edit', null, null),
                ('{organization}', '{prompt}', 'user', '{bob}', 'edit', now() - interval '1 hour', null),
                ('{organization}', '{prompt}', 'organization', null, 'view', null, now());
            insert into core.comment (organization_id, entity_id, entity_version, text)
            select '{organization}', '{prompt}', 1, 'Comment ' || n from generate_series(1, 3) n;
            insert into core.entity_label (organization_id, entity_id, name, version)
            values ('{organization}', '{prompt}', 'production', 1);
            insert into core.analysis_result (organization_id, entity_id, prompt_content, status, error,
                detected_format, detected_language, overall_score, judge_score, complexity_score, length_chars,
                length_words, length_tokens, completed_at)
            select '{organization}', '{prompt}', 'x', case when n < 9 then 'completed' else 'failed' end,
                case when n = 9 then 'why' end, 'text', 'en', n, n, n, 1, 1, 1,
                timestamptz '2026-03-01Z' + make_interval(days => n)
            from unnest(array[5, 6, 9]) n
            """);

        await RefreshAsync();

        var rows = (await ListAsync(marts)).ToDictionary(row => row.EntityId);
        var row = rows[prompt];
        Assert.Equal(
            ("prompt", "Better prompt", 2, 2L, 0L, 2L, 3L, 1L, 1L),
            (row.Type, row.Title, row.Versions, row.RelationsOut, row.RelationsIn, row.Favorites, row.Comments,
                row.Shares, row.Labels));
        Assert.Equal(
            (2L, 5.5m, new DateTimeOffset(2026, 3, 7, 0, 0, 0, TimeSpan.Zero)),
            (row.Analyses, row.AverageScore, row.AnalyzedAt));
        Assert.InRange(row.RefreshedAt, row.ChangedAt, DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Equal((1, 0L, 2L, 0L), (
            rows[context].Versions, rows[context].RelationsOut, rows[context].RelationsIn, rows[context].Analyses));
        Assert.Null(rows[context].AverageScore);
    }

    [Fact]
    public async Task Others_do_not_see_what_is_private_or_of_another_organization()
    {
        var ada = await AddMemberAsync();
        var (open, secret, later) = (await AddAsync("Open"), await AddAsync("Secret", ada), await AddAsync("Later"));
        var deleted = await AddAsync("Deleted");
        await RefreshAsync();
        Assert.Equal([deleted, later, open], await IdsAsync(marts));
        Assert.Equal([deleted, later, secret, open], await IdsAsync(MartsOf(ada)));

        // What is hidden or goes after the refresh is not shown until the next one either.
        await database.ExecuteAsync(
            $"""
            update core.entity set visibility = 'private', owner_id = '{ada}' where id = '{later}';
            update core.entity set deleted_at = now() where id = '{deleted}'
            """);

        Assert.Equal([open], await IdsAsync(marts));
        Assert.Equal([open], await IdsAsync(MartsOf(await AddMemberAsync())));
        Assert.Equal([later, secret, open], await IdsAsync(MartsOf(ada)));
        var elsewhere = new MartStore(database.As(await database.AddOrganizationAsync()));
        Assert.Empty(await ListAsync(elsewhere));
        Assert.Null(await elsewhere.FindUsageAsync(CancellationToken.None));
        Assert.Empty(await ListAsync(new MartStore(database.As(null))));
    }

    [Fact]
    public async Task It_is_read_while_it_is_refreshed_and_refreshed_while_it_is_read()
    {
        await AddAsync("Old");
        await RefreshAsync();
        await using var reading = await OpenAsync(database.App);
        await using var reader = await reading.BeginTransactionAsync();
        await ExecuteAsync(
            reading,
            $"""
            select ops.enter('{database.Prove(organization, null)}');
            select count(*) from mart.list_entity_stats('changed')
            """);
        await AddAsync("New");

        // Whatever waits for a lock fails at once.
        await using var refreshing = await OpenAsync(database.Job);
        await using var refresh = await refreshing.BeginTransactionAsync();
        await ExecuteAsync(refreshing, "set local lock_timeout = 1; select mart.refresh_read_model()");
        await ExecuteAsync(reading, "set local lock_timeout = 1");
        Assert.Equal(1L, await ExecuteAsync(reading, "select count(*) from mart.list_entity_stats('changed')"));
        await refresh.CommitAsync();

        Assert.Equal(2L, await ExecuteAsync(reading, "select count(*) from mart.list_entity_stats('changed')"));
    }

    [Fact]
    public async Task Who_waits_for_a_refresh_needs_no_other_one()
    {
        await AddAsync("New");
        await using var waiting = await OpenAsync(database.Job);
        await using var transaction = await waiting.BeginTransactionAsync();
        await ExecuteAsync(waiting, "select now()");

        Assert.True(await RefreshAsync() > 0);
        Assert.Equal(0, await ExecuteAsync(waiting, "select mart.refresh_read_model()"));
        await transaction.CommitAsync();
        Assert.Equal(0, await RefreshAsync());
    }

    [Fact]
    public async Task Pages_follow_each_other_in_every_order_and_of_one_type()
    {
        for (var n = 0; n < 5; n++)
            await AddAsync($"Number {n}", type: n < 3 ? "prompt" : "template");
        await database.ExecuteAsync(
            $"""
            update core.entity set note = 'x', title = title || '!' where title = 'Number 1';
            insert into core.comment (organization_id, entity_id, entity_version, text)
            select '{organization}', id, 1, 'x' from core.entity where title = 'Number 3'
            """);
        await RefreshAsync();
        foreach (var sort in Enum.GetValues<EntityStatsSort>())
            foreach (var type in new[] { null, "prompt" })
            {
                var walked = new List<Guid>();
                var query = new EntityStatsQuery(type, sort) { Limit = 2 };
                for (EntityStats? last = null; walked.Count == 0 || last is not null;)
                {
                    var after = query with { After = last is null ? null : Cursor.Encode(query.KeyOf(last)) };
                    Assert.Empty(after.Validate(new(after)));
                    var page = await marts.ListEntityStatsAsync(sort, type, after.AfterKey, 2, CancellationToken.None);
                    walked.AddRange(page.Select(row => row.EntityId));
                    last = page is [_, var end] ? end : null;
                }
                Assert.Equal((sort, type is null ? 5 : 3), (sort, walked.Distinct().Count()));
                Assert.Equal(walked.Distinct(), walked);
            }
        Assert.Equal("Number 1!", (await ListAsync(marts, EntityStatsSort.Versions))[0].Title);
        Assert.Equal("Number 3", (await ListAsync(marts, EntityStatsSort.Comments))[0].Title);
    }

    [Fact]
    public void A_cursor_of_another_order_is_refused()
    {
        var id = $"{Guid.NewGuid()}";
        string[][] keys =
            [["Changed", "5", id], ["Versions", "5", id], ["Comments", "5.5", id], ["Comments", "5", "x"]];
        foreach (var key in keys)
        {
            var query = new EntityStatsQuery(null, EntityStatsSort.Comments) { After = Cursor.Encode(key) };
            Assert.Single(query.Validate(new(query)));
        }
    }

    [Fact]
    public async Task Usage_is_of_the_last_thirty_days()
    {
        await AddMemberAsync();
        await AddAsync("One");
        await database.ExecuteAsync(
            $"""
            update core.entity set title = 'Two' where organization_id = '{organization}';
            insert into ops.usage_event (organization_id, feature, status, input_tokens, output_tokens, cost_usd,
                created_at)
            select '{organization}', 'x', case n when 1 then 'failed' else 'succeeded' end, 10, 1, 0.5,
                now() - make_interval(days => n)
            from unnest(array[0, 1, 29, 32]) n
            """);

        await RefreshAsync();

        var usage = await marts.FindUsageAsync(CancellationToken.None);
        Assert.Equal((1L, 1L, 2L, 0L, 0L), (
            usage!.Members, usage.Entities, usage.Versions, usage.Documents, usage.Analyses));
        Assert.Equal((3L, 1L, 30L, 3L, 1.5m), (
            usage.Uses30Days, usage.Failures30Days, usage.InputTokens30Days, usage.OutputTokens30Days,
            usage.CostUsd30Days));
    }

    [Theory]
    [InlineData("select count(*) from mart.entity_stats")]
    [InlineData("select count(*) from mart.organization_usage")]
    [InlineData("select mart.refresh_read_model()")]
    public async Task The_app_neither_reads_it_directly_nor_refreshes_it(string forbidden)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(
            () => database.As(organization).ExecuteAsync(forbidden, null, CancellationToken.None));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    private Task<int> RefreshAsync() => rollup.RefreshAsync(MartRollup.ReadModel, CancellationToken.None);

    private MartStore MartsOf(Guid? user)
    {
        var scope = new OrganizationScope();
        scope.Enter(organization, new(ActorKind.User, user, user));
        return new(new Database(database.Pools, scope));
    }

    private static Task<IReadOnlyList<EntityStats>> ListAsync(
        MartStore marts, EntityStatsSort sort = EntityStatsSort.Changed) =>
        marts.ListEntityStatsAsync(sort, null, null, 100, CancellationToken.None);

    private static async Task<IEnumerable<Guid>> IdsAsync(MartStore marts) =>
        (await ListAsync(marts, EntityStatsSort.Versions)).Select(row => row.EntityId);

    private Task<Guid> AddMemberAsync() => database.AddMemberAsync(organization, Role.Member);

    /// <param name="keeper">Who keeps it to themselves; null for nobody.</param>
    private async Task<Guid> AddAsync(string title, Guid? keeper = null, string type = "prompt")
    {
        var id = Guid.CreateVersion7();
        var owner = keeper is null ? "null" : $"'{keeper}'";
        await database.ExecuteAsync(
            $$"""
            insert into core.entity (id, organization_id, owner_id, type, title, visibility, content)
            values ('{{id}}', '{{organization}}', {{owner}}, '{{type}}', '{{title}}',
                '{{(keeper is null ? "organization" : "private")}}', '{"text": "x"}')
            """);
        return id;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
