using Npgsql;

namespace Assay;

/// <summary>Every table behind row-level security, as everybody, held against its rule stated once more.</summary>
public sealed class PolicyMatrixTests(IsolationFixture fixture) : IClassFixture<IsolationFixture>
{
    // Of @org, the organization that a request acts for, and @user, who acts; either may be null.
    private const string OfOrganization = "organization_id = @org";
    private const string OfUser = "user_id = @user";

    // Of an entity e.
    private const string Seen =
        """
        (e.visibility <> 'private' or e.owner_id = @user or exists (select from core.share s where s.entity_id = e.id
            and (s.user_id = @user or s.grantee = 'organization') and s.revoked_at is null
            and (s.expires_at is null or s.expires_at > now())))
        """;

    private const string OfBothEnds =
        $"""
        organization_id = @org and 2 = (
            select count(*) from core.entity e where e.id in (t.source_id, t.target_id) and {Seen})
        """;

    private const string OfEntity =
        $"organization_id = @org and exists (select from core.entity e where e.id = t.entity_id and {Seen})";

    // Of an analysis a.
    private const string OfNoHiddenEntity =
        $"(a.entity_id is null or exists (select from core.entity e where e.id = a.entity_id and {Seen}))";

    // The app asks functions about them.
    private static readonly string[] unread = ["ops.account_token"];

    // Of a run r.
    private const string OfSubject =
        $"""
        case r.subject_type
            when 'analysis' then exists (
                select from core.analysis_result a where a.id = r.subject_id and {OfNoHiddenEntity})
            when 'import' then exists (
                select from core.import i where i.id = r.subject_id and i.user_id is not distinct from @user)
            else true end
        """;

    private const string OfRun =
        $"organization_id = @org and exists (select from ops.workflow_run r where r.id = t.run_id and {OfSubject})";

    private static readonly Dictionary<string, string> Rules = new()
    {
        ["ops.organization"] =
            """
            id = @org or (deleted_at is null and exists (select from ops.organization_user m
                where m.organization_id = t.id and m.user_id = @user and m.status = 'active'))
            """,
        ["ops.organization_user"] = "organization_id = @org or user_id = @user",
        ["ops.user_account"] =
            """
            id = @user or exists (select from ops.organization_user m where m.user_id = t.id
                and m.organization_id = @org)
            """,
        ["ops.event"] =
            """
            organization_id = @org or (organization_id is null and user_id = @user)
                or (organization_id is null and user_id is null and exists (
                    select from ops.user_account u where u.id = @user and u.is_admin and u.is_active))
            """,
        ["ops.idempotency_key"] = "organization_id = @org or (organization_id is null and caller_id = @user)",
        ["ops.provider_credential"] = "organization_id = @org and (user_id is null or user_id = @user)",
        ["core.judge_rubric"] = "organization_id = @org or organization_id is null",
        ["core.judge_criterion"] = "organization_id = @org or organization_id is null",
        ["core.framework"] = "organization_id = @org or organization_id is null",
        ["core.entity"] =
            $"organization_id = @org and exists (select from core.entity e where e.id = t.id and {Seen})",
        ["core.comment"] = OfEntity,
        ["core.entity_tag"] = OfEntity,
        ["core.entity_version"] = OfEntity,
        ["core.entity_label"] = OfEntity,
        ["core.label_request"] = OfEntity,
        ["core.entity_search"] = OfEntity,
        ["core.embedding"] =
            $"""
            organization_id = @org and (entity_id is null or exists (
                select from core.entity e where e.id = t.entity_id and {Seen}))
            """,
        ["core.analysis_result"] =
            $"""
            organization_id = @org and exists (
                select from core.analysis_result a where a.id = t.id and {OfNoHiddenEntity})
            """,
        ["core.judge_score"] =
            $"""
            organization_id = @org and exists (
                select from core.analysis_result a where a.id = t.analysis_id and {OfNoHiddenEntity})
            """,
        ["core.import"] = "organization_id = @org and user_id is not distinct from @user",
        ["ops.workflow_run"] =
            $"organization_id = @org and exists (select from ops.workflow_run r where r.id = t.id and {OfSubject})",
        ["ops.workflow_node"] = OfRun,
        ["ops.workflow_attempt"] = OfRun,
        ["ops.workflow_metric"] = OfRun,
        ["core.favorite"] = "organization_id = @org and user_id = @user",
        ["core.suggestion"] = OfBothEnds,
        ["core.suggestion_subject"] = OfEntity,
        ["core.relationship"] = OfBothEnds,
        ["core.relationship_version"] = OfBothEnds,
        ["ops.feature_flag"] = "true",
        ["ops.setting"] = "true",
    };

    // What has no policies, and what it is read by instead.
    private static readonly Dictionary<string, (string Function, string Rule)> Functions = new()
    {
        ["mart.entity_stats"] = ("mart.list_entity_stats('changed', most => 1000)", OfEntity),
        ["mart.organization_usage"] = ("mart.get_organization_usage()", OfOrganization),
    };

    [Fact]
    public async Task Everybody_sees_what_is_theirs_in_every_table()
    {
        var removed = await fixture.App.Database.AddMemberAsync(fixture.Theirs.Id, Role.Member);
        await fixture.App.Database.ExecuteAsync(
            $"update ops.organization_user set status = 'removed' where user_id = '{removed}'");
        var administrator = await MemberAsync(fixture.Mine.Id, Role.Viewer);
        await fixture.App.Database.ExecuteAsync(
            $"""
            update ops.user_account set is_admin = true where id = '{administrator}';
            update ops.provider set display_name = display_name || ' again' where name = 'openai'
            """);
        var actors = new List<(string Name, Guid? Organization, Guid? User)>
        {
            ("removed member", null, removed),
            ("other tenant", fixture.Mine.Id, await MemberAsync(fixture.Mine.Id, Role.Owner)),
            ("anonymous", null, null),
            ("administrator of the installation", fixture.Mine.Id, administrator),
            ("organization's key", fixture.Theirs.Id, null),
        };
        foreach (var role in Enum.GetValues<Role>())
            actors.Add(($"{role}", fixture.Theirs.Id, await MemberAsync(fixture.Theirs.Id, role)));

        await fixture.Theirs.ShareAsync(fixture.App.Database, actors[^1].User!.Value);

        await fixture.App.Database.Jobs.ExecuteAsync(
            "select mart.refresh_read_model()", null, CancellationToken.None);
        foreach (var (materialized, (function, rule)) in Functions)
            foreach (var actor in actors)
                Assert.Equal(
                    (function, actor.Name, await CountAsAsync(
                        fixture.App.Database.Administrator, actor, $"{materialized} t where {rule}")),
                    (function, actor.Name, await CountAsAsync(fixture.App.Database.App, actor, function)));

        foreach (var (table, columns) in await TablesAsync())
            foreach (var actor in actors)
            {
                var theirs = await CountAsAsync(
                    fixture.App.Database.Administrator, actor, $"{table} t where {RuleOf(table, columns)}");
                var seen = await CountAsAsync(fixture.App.Database.App, actor, $"{table} t");
                if (unread.Contains(table))
                    Assert.Null(seen);
                else
                    Assert.Equal((table, actor.Name, theirs), (table, actor.Name, seen));
            }
    }

    [Fact]
    public async Task Jobs_see_every_tenant_where_they_may_read_at_all()
    {
        foreach (var (table, _) in await TablesAsync())
        {
            if (await CountAsAsync(fixture.App.Database.Job, default, $"{table} t") is { } seen)
                Assert.Equal(
                    (table, await CountAsAsync(fixture.App.Database.Administrator, default, $"{table} t")),
                    (table, seen));
        }
    }

    [Fact]
    public async Task Nobody_changes_or_removes_rows_of_another_tenant()
    {
        var actor = ("other tenant", fixture.Mine.Id, await MemberAsync(fixture.Mine.Id, Role.Owner));
        foreach (var (table, columns) in await TablesAsync())
        {
            if (!columns.Contains("organization_id"))
                continue;
            var ofTheirs = $"from {table} t where organization_id = '{fixture.Theirs.Id}'";
            foreach (var statement in new[] { $"delete {ofTheirs}", await UpdateAsync(table) })
                Assert.Equal((statement, 0), (statement, await TryAsAsync(actor, statement)));
        }
    }

    [Fact]
    public async Task Every_table_of_organizations_has_a_row_that_others_must_not_see()
    {
        var empty = new List<string>();
        foreach (var (table, columns) in await TablesAsync())
            if (columns.Contains("organization_id") && await CountAsAsync(
                    fixture.App.Database.Administrator, default,
                    $"{table} t where organization_id = '{fixture.Theirs.Id}'") == 0)
                empty.Add(table);

        // Filled only while a document is worked on, and by requests with an Idempotency-Key.
        Assert.Equal([], empty.Except(["core.document_draft", "ops.idempotency_key"]));
    }

    private static string RuleOf(string table, IReadOnlyList<string> columns) =>
        Rules.TryGetValue(table, out var rule) ? rule
        : columns.Contains("organization_id") ? OfOrganization
        : columns.Contains("user_id") ? OfUser
        : throw new InvalidOperationException($"State the rule of {table} here.");

    private async Task<IReadOnlyList<(string Table, string[] Columns)>> TablesAsync() =>
        [.. (await fixture.App.Database.Jobs.ListAsync<TableRow>(
            """
            select c.oid::regclass::text as name, array_agg(a.attname::text) as columns
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relrowsecurity and not c.relispartition
            group by 1 order by 1
            """,
            null, CancellationToken.None)).Select(row => (row.Name, row.Columns))];

    private async Task<Guid> MemberAsync(Guid organization, Role role) =>
        await fixture.App.Database.AddMemberAsync(organization, role);

    // A statement that would change something in every row, by a column that the app may update; null when none.
    private Task<string> UpdateAsync(string table) => fixture.App.Database.ValueAsync<string>(
        $"""
        select coalesce(
            (select format(
                'update {table} set %1$I = %1$I where organization_id = ''{fixture.Theirs.Id}''', a.attname)
            from pg_attribute a
            where a.attrelid = '{table}'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                and has_column_privilege('assay_app', '{table}', a.attname, 'update')
            limit 1), 'select')
        """);

    /// <summary>Null when the role may not read the table.</summary>
    private async Task<long?> CountAsAsync(
        string connection, (string Name, Guid? Organization, Guid? User) actor, string from)
    {
        await using var opened = new NpgsqlConnection(connection);
        await opened.OpenAsync();
        await SetAsync(opened, actor);
        var user = actor.User is { } id ? $"'{id}'::uuid" : "null::uuid";
        var organization = actor.Organization is { } of ? $"'{of}'::uuid" : "null::uuid";
        await using var command = new NpgsqlCommand(
            $"select count(*) from {from.Replace("@org", organization).Replace("@user", user)}", opened);
        try
        {
            return (long)(await command.ExecuteScalarAsync())!;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Some tables are read by column.
            command.CommandText = command.CommandText.Replace("count(*)", "count(t.id)");
            try
            {
                return (long)(await command.ExecuteScalarAsync())!;
            }
            catch (PostgresException again) when (again.SqlState
                is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedColumn)
            {
                return null;
            }
        }
    }

    // Rows touched; nothing is, where the right is missing altogether.
    private async Task<int> TryAsAsync((string Name, Guid? Organization, Guid? User) actor, string statement)
    {
        await using var opened = new NpgsqlConnection(fixture.App.Database.App);
        await opened.OpenAsync();
        await SetAsync(opened, actor);
        await using var transaction = await opened.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(statement, opened);
        try
        {
            return Math.Max(0, await command.ExecuteNonQueryAsync());
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return 0;
        }
    }

    private async Task SetAsync(
        NpgsqlConnection connection, (string Name, Guid? Organization, Guid? User) actor)
    {
        await using var command = new NpgsqlCommand(
            "select set_config('assay.scope', $1, false)", connection);
        command.Parameters.Add(new() { Value = fixture.App.Database.Prove(actor.Organization, actor.User) });
        await command.ExecuteNonQueryAsync();
    }

    private sealed record TableRow(string Name, string[] Columns);
}
