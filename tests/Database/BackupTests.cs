using Npgsql;

namespace Assay;

/// <summary>Copies of a database, what is restored from them, and what becomes of those that are damaged.</summary>
public sealed class BackupTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string BuiltInModel = "00000000-0000-7000-8000-000000000384";

    private readonly string folder = Directory.CreateTempSubdirectory("assay-backup-").FullName;
    private readonly string restored = TestServer.NewDatabaseName();

    private string Dump => Path.Combine(folder, "assay.dump");

    [NeedsPgDumpFact]
    public async Task A_restored_database_is_the_same_in_every_table_and_keeps_organizations_apart()
    {
        var (one, other) = (await FillAsync(), await FillAsync());

        var report = await RunAsync("backup", Dump);
        Assert.Matches(@"Backed up assay_test_\w+ to .* \d\d+ tables with [\d,]+ rows", report);
        report = await RunAsync("restore", Dump, restored);

        Assert.Matches($@"Restored into {restored}: \d\d+ tables with [\d,]+ rows, all as of \d{{4}}-", report);
        Assert.Contains("Its migrations are those of this build.", report);
        await using var owner = await TestServer.OpenAsync(restored);
        var ours = $"organization_id in ('{one}', '{other}')";
        Assert.Equal(2L, await ValueAsync(owner, $"select count(*) from core.embedding where {ours}"));
        Assert.Equal(2L, await ValueAsync(owner, $"select count(*) from ops.event_default where {ours}"));
        Assert.Equal(1L, await ValueAsync(owner, "select count(*) from durable_task.instance"));
        Assert.Equal(
            await database.ValueAsync<long>("select last_value from ops.event_sequence"),
            await ValueAsync(owner, "select last_value from ops.event_sequence"));
        Assert.Equal(1L, await ValueAsync(
            owner, "select count(*) from pg_indexes where tablename = 'embedding' and indexdef like '%USING hnsw%'"));
        await using var app = new NpgsqlConnection(
            ConnectionStrings.ForRole(TestServer.For(restored), "assay_app", TestServer.RolePassword)
            + ";Pooling=false");
        await app.OpenAsync();
        Assert.Equal(0L, await ValueAsync(app, "select count(*) from core.document"));
        await TestServer.ExecuteAsync(app, $"set assay.scope = '{database.Prove(one, null)}'");
        Assert.Equal(1L, await ValueAsync(app, "select count(*) from core.document"));
        Assert.Equal(
            0L, await ValueAsync(app, $"select count(*) from core.embedding where organization_id = '{other}'"));
    }

    [NeedsPgDumpFact]
    public async Task What_changes_after_it_was_restored_is_found_table_by_table()
    {
        var organization = await FillAsync();
        await RunAsync("backup", Dump);
        await RunAsync("restore", Dump, restored);
        Assert.Contains($"{restored} is as of", await RunAsync("check", Dump, restored));

        await using var connection = await TestServer.OpenAsync(restored);
        await TestServer.ExecuteAsync(
            connection,
            $"""
            update core.document_chunk set content = 'changed' where organization_id = '{organization}';
            delete from ops.event_default;
            drop table mart.analysis_daily;
            create table ops.stranger (id integer);
            alter sequence ops.event_sequence restart 1
            """);
        var problem = await Assert.ThrowsAsync<BackupException>(() => RunAsync("check", Dump, restored));

        Assert.Contains("core.document_chunk has ", problem.Message);
        Assert.Contains("but not the same", problem.Message);
        Assert.Contains("ops.event_default has 0 rows instead of", problem.Message);
        Assert.Contains("mart.analysis_daily is missing", problem.Message);
        Assert.Contains("ops.stranger was not there", problem.Message);
        Assert.Contains("the sequence ops.event_sequence has not come to", problem.Message);
        Assert.Equal(6, problem.Message.Split('\n').Length);
    }

    [NeedsPgDumpFact]
    public async Task A_backup_under_way_sees_one_moment()
    {
        await FillAsync();
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await database.ExecuteAsync(
                    """
                    insert into ops.event (organization_id, entity_type, entity_id, action)
                    select id, 'test', id, 'written' from ops.organization limit 1
                    """);
        });

        await RunAsync("backup", Dump);
        await stop.CancelAsync();
        await writing;

        Assert.Contains("Restored into", await RunAsync("restore", Dump, restored));
    }

    [NeedsPgDumpTheory]
    [InlineData("truncate", "it is not whole")]
    [InlineData("flip", "is not as it was written")]
    [InlineData("forget", "is not there")]
    [InlineData("scribble", "is not the manifest")]
    public async Task A_damaged_backup_is_refused_before_anything_is_made_of_it(string damage, string reason)
    {
        await RunAsync("backup", Dump);
        await DamageAsync(damage);

        var problem = await Assert.ThrowsAsync<BackupException>(() => RunAsync("restore", Dump, restored));

        Assert.Contains(reason, problem.Message);
        Assert.False(await ExistsAsync(restored));
    }

    [NeedsPgDumpFact]
    public async Task A_dump_that_cannot_be_restored_leaves_no_database_behind()
    {
        await RunAsync("backup", Dump);
        await File.WriteAllTextAsync(Dump, "PGDMP, but no more");
        var manifest = System.Text.RegularExpressions.Regex.Replace(
            await File.ReadAllTextAsync($"{Dump}.json"), "\"(bytes|sha256)\": [^,]*",
            field => field.Value.StartsWith("\"bytes", StringComparison.Ordinal)
                ? $"\"bytes\": {new FileInfo(Dump).Length}"
                : $"\"sha256\": \"{Convert.ToHexStringLower(
                    System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Dump)))}\"");
        await File.WriteAllTextAsync($"{Dump}.json", manifest);

        var problem = await Assert.ThrowsAsync<BackupException>(() => RunAsync("restore", Dump, restored));

        Assert.Contains("pg_restore failed.", problem.Message);
        Assert.False(await ExistsAsync(restored));
    }

    [NeedsPgDumpFact]
    public async Task Neither_a_database_nor_a_file_that_exists_is_overwritten()
    {
        await RunAsync("backup", Dump);
        var name = new NpgsqlConnectionStringBuilder(database.Administrator).Database!;
        await FillAsync();
        var documents = await database.ValueAsync<long>("select count(*) from core.document");

        var problem = await Assert.ThrowsAsync<MigrationException>(() => RunAsync("restore", Dump, name));

        Assert.Contains("There is a database", problem.Message);
        Assert.Equal(documents, await database.ValueAsync<long>("select count(*) from core.document"));
        await Assert.ThrowsAsync<BackupException>(() => RunAsync("backup", Dump));
    }

    [NeedsPgDumpFact]
    public async Task A_role_from_which_policies_hide_rows_makes_no_backup()
    {
        var owner = ConnectionStrings.ForRole(
            new(database.Administrator), "assay_owner", TestServer.RolePassword);

        var problem = await Assert.ThrowsAsync<BackupException>(() => RunAsAsync(owner, null, "backup", Dump));

        Assert.Contains("a superuser must do this", problem.Message);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [NeedsPgDumpFact]
    public async Task The_tools_may_be_run_where_the_server_is()
    {
        var log = Path.Combine(folder, "log");
        var program = await ScriptAsync("through", $"echo \"$1\" >>'{log}'; exec \"$@\"");

        await RunAsAsync(database.Administrator, program, "backup", Dump);
        await RunAsAsync(database.Administrator, program, "restore", Dump, restored);

        Assert.Equal(["pg_dump", "pg_dump", "pg_restore", "pg_restore"], await File.ReadAllLinesAsync(log));
    }

    [Fact]
    public async Task A_tool_that_is_missing_or_older_than_the_server_is_named_with_the_cure()
    {
        var problem = await Assert.ThrowsAsync<BackupException>(
            () => PostgresTool.FindAsync("pg_dump", 15, [folder], CancellationToken.None));
        Assert.Equal(
            "pg_dump is not here. Install the client programs of PostgreSQL 15 (Debian: postgresql-client-15).",
            problem.Message);

        await ScriptAsync("pg_dump", "echo 'pg_dump (PostgreSQL) 14.2'");
        problem = await Assert.ThrowsAsync<BackupException>(
            () => PostgresTool.FindAsync("pg_dump", 15, [folder], CancellationToken.None));
        Assert.StartsWith("pg_dump is of version 14, and the server of 15.", problem.Message);

        var newer = Directory.CreateDirectory(Path.Combine(folder, "newer")).Name;
        await ScriptAsync($"{newer}/pg_dump", "echo 'pg_dump (PostgreSQL) 17beta1 (Debian 17)'");
        var found = await PostgresTool.FindAsync(
            "pg_dump", 15, [folder, Path.Combine(folder, newer)], CancellationToken.None);
        Assert.Equal(17, found.Version);
    }

    public async Task InitializeAsync()
    {
        await database.ExecuteAsync(
            """
            insert into durable_task.instance (hub, instance_id, execution_id, name)
            values ('test', 'one', 'first', 'Test')
            on conflict do nothing
            """);
    }

    public async Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        await TestServer.DropAsync(restored);
    }

    /// <summary>An organization with a document, a vector, and events in a partition and in the default one.</summary>
    private async Task<Guid> FillAsync()
    {
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $"""
            with document as (
                insert into core.document (organization_id, title, blob_path, byte_size, content_hash)
                values ('{organization}', E'Überschrift\t\\ "1"', 'a.md', 3, sha256('a'))
                returning id
            ),
            chunk as (
                insert into core.document_chunk (organization_id, document_id, document_version, chunk_index, content,
                    start_offset, end_offset, token_count, content_hash)
                select '{organization}', id, 1, 0, E'What is kept?\nAll of it.', 0, 24, 7, sha256('b') from document
                returning id
            )
            insert into core.embedding (organization_id, embedding_model_id, document_chunk_id, status, vector)
            select '{organization}', '{BuiltInModel}', id, 'completed',
                (select array_agg(sin(n)) from generate_series(1, 384) n)::real[]::halfvec
            from chunk;
            insert into ops.event (organization_id, entity_type, entity_id, action, after_state, created_at)
            select '{organization}', 'test', '{organization}', 'kept', '{Braces("\"pi\": 3.10")}', at
            from (values (now()), ('1999-12-31T23:59:59.999999Z'::timestamptz)) time (at);
            insert into ops.usage_event (organization_id, feature, cost_usd) values ('{organization}', 'test', 0.5)
            """);
        return organization;
    }

    private static string Braces(string json) => $"{{{json}}}";

    private async Task DamageAsync(string damage)
    {
        await using var dump = File.Open(Dump, FileMode.Open);
        switch (damage)
        {
            case "truncate":
                dump.SetLength(dump.Length - 1);
                break;
            case "flip":
                dump.Position = dump.Length / 2;
                var value = dump.ReadByte();
                dump.Position--;
                dump.WriteByte((byte)(value ^ 1));
                break;
            case "forget":
                File.Delete($"{Dump}.json");
                break;
            case "scribble":
                await File.WriteAllTextAsync($"{Dump}.json", "{}");
                break;
        }
    }

    private async Task<string> ScriptAsync(string name, string body)
    {
        // By another process: one that this process starts meanwhile could hold the file open, and it would not run.
        var path = Path.Combine(folder, name);
        using var shell = System.Diagnostics.Process.Start(
            "/bin/sh", ["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod +x \"$0\"", path, body]);
        await shell.WaitForExitAsync();
        return path;
    }

    private Task<string> RunAsync(params string[] arguments) => RunAsAsync(
        database.Administrator, Environment.GetEnvironmentVariable("ASSAY_POSTGRES_TOOLS"), arguments);

    private static async Task<string> RunAsAsync(string administrator, string? tools, params string[] arguments)
    {
        var output = new StringWriter();
        var command = new PostgresCommand(
            name => name switch
            {
                "ASSAY_DATABASE" => administrator,
                "ASSAY_ROLE_PASSWORD" => TestServer.RolePassword,
                "ASSAY_POSTGRES_TOOLS" => tools,
                _ => null,
            },
            output);
        Assert.Equal(0, await command.RunAsync(arguments, CancellationToken.None));
        return output.ToString();
    }

    private static async Task<bool> ExistsAsync(string name)
    {
        await using var connection = await TestServer.OpenAsync();
        return await ValueAsync(connection, $"select count(*) from pg_database where datname = '{name}'") == 1;
    }

    private static async Task<long> ValueAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>A test that copies databases, for which PostgreSQL's client programs are needed.</summary>
internal sealed class NeedsPgDumpFactAttribute : FactAttribute
{
    public NeedsPgDumpFactAttribute() => Skip = PgDump.Missing;
}

/// <inheritdoc cref="NeedsPgDumpFactAttribute"/>
internal sealed class NeedsPgDumpTheoryAttribute : TheoryAttribute
{
    public NeedsPgDumpTheoryAttribute() => Skip = PgDump.Missing;
}

internal static class PgDump
{
    /// <summary>Why tests cannot copy databases here; null where they can.</summary>
    public static string? Missing { get; } =
        Environment.GetEnvironmentVariable("ASSAY_POSTGRES_TOOLS") is { Length: > 0 }
        || PostgresTool.Folders().Any(folder => File.Exists(Path.Combine(folder, "pg_dump")))
            ? null
            : "There is no pg_dump on this machine.";
}
