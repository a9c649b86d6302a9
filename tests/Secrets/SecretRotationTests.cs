using System.Diagnostics;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Assay;

public sealed class SecretRotationTests : IAsyncLifetime
{
    private static readonly (string Id, string Key) Old = ("old", TestSecrets.NewKey());
    private static readonly (string Id, string Key) Young = ("young", TestSecrets.NewKey());

    // The rotation's session, while it waits for a row.
    private const string Waiting =
        """
        pg_stat_activity
        where datname = current_database() and usename = 'assay_job' and wait_event_type = 'Lock'
        """;

    private readonly SecretBox before = TestSecrets.NewBox(Old);
    private readonly SecretBox after = TestSecrets.NewBox(Old, Young);
    private TestDatabase database = null!;
    private Guid organization;

    public async Task InitializeAsync()
    {
        database = await TestDatabase.CreateAsync();
        organization = await database.AddOrganizationAsync();
    }

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Every_secret_moves_to_the_current_key_and_the_old_one_is_needed_no_more()
    {
        var rows = await AddAsync(250);
        var batches = new List<long>();

        var outcome = await RotateAsync((_, moved) => batches.Add(moved));

        Assert.Equal([100, 200, 250], batches);
        Assert.Equal(250, outcome.Rewrapped);
        Assert.Equal([new KeyUse("young", 250)], outcome.Uses);
        Assert.True(outcome.IsComplete("young"));
        await AssertReadableAsync(rows, TestSecrets.NewBox(Young));

        Assert.Equal(0, (await RotateAsync((_, _) => Assert.Fail("There is nothing to move."))).Rewrapped);
    }

    [Fact]
    public async Task Every_column_of_secrets_there_is_moves_and_the_app_works_with_the_new_key_alone()
    {
        await using var issuer = await OpenIdIssuer.StartAsync();
        var settings = issuer.SettingsAs("sso");
        Person person;
        await using (var app = await AssayApp.StartAsync(database, With(settings, Old)))
        {
            var admin = await app.ClientOfAsync(organization, Role.Admin);
            await admin.PostAsJsonAsync("/api/webhooks", new { url = "https://hooks.example.com", status = "paused" });
            await admin.PostAsJsonAsync(
                "/api/credentials", new { provider = "openai", name = "a", secret = "sk-0123456789abcdefghij0123" });
            using var browser = new Browser(app.Address);
            await browser.SignInAsync("sso");
            person = await Person.RegisterAsync(app);
        }
        var rows = await SecretsAsync();
        Assert.Equal("", await database.ValueAsync<string>(
            // A column of encrypted bytes without its key's name would not be found.
            """
            select coalesce(string_agg(attrelid::regclass::text, ' '), '')
            from pg_attribute a join pg_class c on c.oid = attrelid and relkind in ('r', 'p')
            where attname like '%cipher%' and not exists (
                select from pg_attribute k where k.attrelid = a.attrelid and k.attname = 'encryption_key_id')
            """));
        var texts = new Dictionary<SecretPlace, string>();
        foreach (var (place, stored) in rows)
            texts[place] = await before.OpenAsync(stored, place, CancellationToken.None);

        Assert.Equal(0, await CommandAsync(new StringWriter()));

        var alone = TestSecrets.NewBox(Young);
        foreach (var (place, stored) in await SecretsAsync())
            Assert.Equal(texts[place], await alone.OpenAsync(stored, place, CancellationToken.None));
        await using var next = await AssayApp.StartAsync(database, With(settings, Young));
        // The session goes on, and new ones are signed with the same key.
        Assert.True(await Person.With(next, person.Email, person.Token).IsSignedInAsync());
        Assert.True(await (await person.AgainAsync(next)).IsSignedInAsync());
        Assert.Equal(1, await database.ValueAsync<long>("select count(*) from ops.signing_key"));
    }

    private static Dictionary<string, string?> With(
        IReadOnlyDictionary<string, string?> settings, (string Id, string Key) key) =>
        new(settings.Concat(TestSecrets.Settings(key)));

    // All that the catalog knows of, by the places that they are bound to.
    private async Task<IReadOnlyDictionary<SecretPlace, SealedSecret>> SecretsAsync()
    {
        var found = new Dictionary<SecretPlace, SealedSecret>();
        var tables = await database.Jobs.ListAsync<string>(
            """
            select distinct c.oid::regclass::text
            from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'encryption_key_id'
            where c.relkind in ('r', 'p') and not c.relispartition order by 1
            """,
            null, CancellationToken.None);
        await using var source = NpgsqlDataSource.Create(database.Administrator);
        foreach (var table in tables)
        {
            await using var command = source.CreateCommand(
                $"""
                select id, ciphertext, encryption_key_id, (to_jsonb(t) ->> 'organization_id')::uuid,
                    (to_jsonb(t) ->> 'user_id')::uuid
                from {table} t
                """);
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(reader.HasRows, $"Let this test put a secret into {table}.");
            while (await reader.ReadAsync())
                found[new($"{table}.ciphertext", reader.GetGuid(0), Id(reader, 3), Id(reader, 4))] =
                    new((byte[])reader[1], reader.GetString(2));
        }
        return found;
    }

    private static Guid? Id(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetGuid(column);

    [Fact]
    public async Task A_row_that_changes_meanwhile_keeps_what_was_written_and_is_moved_next()
    {
        var rows = await AddAsync(150);
        var changed = rows[120];

        // The rotation reads the row as it was, and its statement waits for this transaction to end.
        await using var connection = new NpgsqlConnection($"{database.Administrator};Pooling=false");
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var fresh = await before.SealAsync("sk-changed", Place(changed), CancellationToken.None);
        await using (var update = new NpgsqlCommand(
            "update ops.provider_credential set ciphertext = $1, encryption_key_id = $2 where id = $3", connection))
        {
            update.Parameters.Add(new() { Value = fresh.Ciphertext });
            update.Parameters.Add(new() { Value = fresh.EncryptionKeyId });
            update.Parameters.Add(new() { Value = changed });
            await update.ExecuteNonQueryAsync();
        }
        var rotation = RotateAsync((_, _) => { });
        await WaitForLockAsync();
        await transaction.CommitAsync();

        var outcome = await rotation;

        Assert.Equal(150, outcome.Rewrapped);
        Assert.Equal([new KeyUse("young", 150)], outcome.Uses);
        Assert.Equal("sk-changed", await OpenAsync(changed, TestSecrets.NewBox(Young)));
        await AssertReadableAsync(rows.Where(row => row != changed), TestSecrets.NewBox(Young));
    }

    [Fact]
    public async Task What_is_added_and_deleted_meanwhile_is_moved_or_gone()
    {
        var rows = await AddAsync(250);
        var added = new List<Guid>();

        var outcome = await RotateAsync((_, _) =>
        {
            if (added.Count > 0)
                return;
            added.AddRange(AddAsync(3, Guid.NewGuid).GetAwaiter().GetResult());
            database.ExecuteAsync($"delete from ops.provider_credential where id = '{rows[^1]}'")
                .GetAwaiter().GetResult();
        });

        Assert.Equal([new KeyUse("young", 252)], outcome.Uses);
        await AssertReadableAsync([.. rows.SkipLast(1), .. added], TestSecrets.NewBox(Young));
    }

    [Fact]
    public async Task A_row_that_was_tampered_with_is_named_and_holds_nothing_up()
    {
        var rows = await AddAsync(3);
        await database.ExecuteAsync(
            $"""
            update ops.provider_credential set ciphertext = set_byte(ciphertext, 20, get_byte(ciphertext, 20) # 1)
            where id = '{rows[1]}'
            """);
        var output = new StringWriter();

        Assert.Equal(1, await CommandAsync(output));

        Assert.Contains($"ops.provider_credential {rows[1]}: not what was sealed", output.ToString());
        Assert.Contains("old: 1 secrets", output.ToString());
        Assert.Contains("young (current): 2 secrets", output.ToString());
        await AssertReadableAsync([rows[0], rows[2]], TestSecrets.NewBox(Young));
    }

    [Fact]
    public async Task Rotation_is_no_event_and_no_new_version()
    {
        await AddAsync(2);
        var events = await database.ValueAsync<long>("select count(*) from ops.event");

        Assert.Equal(0, await CommandAsync(new StringWriter()));

        Assert.Equal(events, await database.ValueAsync<long>("select count(*) from ops.event"));
        Assert.Equal(1, await database.ValueAsync<int>("select max(version) from ops.provider_credential"));
    }

    [Fact]
    public async Task Killed_midway_it_is_finished_by_the_next_run_and_the_app_reads_all_the_while()
    {
        var rows = await AddAsync(350);
        await using (var connection = new NpgsqlConnection($"{database.Administrator};Pooling=false"))
        {
            // The third batch waits for this row, so the process is in the middle of its work when it is killed.
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var held = new NpgsqlCommand(
                $"select from ops.provider_credential where id = '{rows[220]}' for update", connection);
            await held.ExecuteNonQueryAsync();
            using var process = StartProcess();
            await WaitForLockAsync();
            process.Kill();
            await process.WaitForExitAsync();
            // The server would notice that nobody is there once the statement ends, which must not be.
            await Eventually.TrueAsync(
                async () => await database.ValueAsync<long>(
                    $"select count(pg_terminate_backend(pid)) from {Waiting}") == 0,
                null, () => "The session of the killed process does not end.");
        }

        Assert.Equal([new("old", 150), new("young", 200)], await new SecretRotation(database.Jobs, after)
            .UsesAsync(CancellationToken.None));
        await AssertReadableAsync(rows, after);
        var output = new StringWriter();
        Assert.Equal(0, await CommandAsync(output));
        Assert.Contains("ops.provider_credential: 150 moved", output.ToString());
        Assert.Contains("no other key is needed", output.ToString());
        await AssertReadableAsync(rows, TestSecrets.NewBox(Young));
    }

    [Fact]
    public async Task A_key_that_is_missing_stops_it_and_is_named()
    {
        await AddAsync(1);

        var failure = await Assert.ThrowsAsync<SecretsUnavailableException>(
            () => new SecretRotation(database.Jobs, TestSecrets.NewBox(Young))
                .RunAsync((_, _) => { }, CancellationToken.None));

        Assert.Contains("Assay__Secrets__Keys__old", failure.Message);
    }

    [Fact]
    public async Task Every_table_of_secrets_can_be_rotated_by_the_job_role_which_sees_no_more()
    {
        Assert.Equal("", await database.ValueAsync<string>(
            """
            select coalesce(string_agg(c.oid::regclass::text, ' '), '')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart')
            join pg_attribute k on k.attrelid = c.oid and k.attname = 'encryption_key_id' and not k.attisdropped
            where c.relkind in ('r', 'p') and not c.relispartition and not coalesce(
                has_column_privilege('assay_job', c.oid, 'id', 'select')
                and has_column_privilege('assay_job', c.oid, 'ciphertext', 'select, update')
                and has_column_privilege('assay_job', c.oid, 'encryption_key_id', 'select, update')
                and not has_table_privilege('assay_job', c.oid, 'update'), false)
            """));
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.Jobs.ListAsync<string>(
            "select name from ops.provider_credential", null, CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    private Task WaitForLockAsync() => Eventually.TrueAsync(
        async () => await database.ValueAsync<long>($"select count(*) from {Waiting}") > 0,
        null, () => "The rotation never came to the held row.");

    private Task<RotationOutcome> RotateAsync(Action<string, long> report) =>
        new SecretRotation(database.Jobs, after).RunAsync(report, CancellationToken.None);

    private Task<int> CommandAsync(TextWriter output)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(TestSecrets.Settings(Old, Young).Select(setting =>
                KeyValuePair.Create(setting.Key.Replace("__", ":"), setting.Value)))
            .Build();
        return RotateKeysCommand.RunAsync(database.Job, configuration, output, CancellationToken.None);
    }

    private Process StartProcess()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Assay.Postgres.dll"), "rotate-keys" },
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in TestSecrets.Settings(Old, Young))
            start.Environment[name] = value;
        start.Environment["ASSAY_DATABASE"] = null;
        start.Environment["Assay__JobDatabase"] = database.Job;
        return Process.Start(start)!;
    }

    /// <summary>Secrets that say which row they are of, under the old key, in the order of their ids.</summary>
    private async Task<IReadOnlyList<Guid>> AddAsync(int count, Func<Guid>? newId = null)
    {
        var ids = Enumerable.Range(0, count).Select(_ => newId?.Invoke() ?? Guid.CreateVersion7()).ToArray();
        var stored = new List<byte[]>();
        foreach (var id in ids)
            stored.Add((await before.SealAsync($"sk-{id}", Place(id), CancellationToken.None)).Ciphertext);
        await database.As(organization).ExecuteAsync(
            """
            insert into ops.provider_credential
                (id, organization_id, provider_id, name, ciphertext, encryption_key_id)
            select r.id, @organization, (select id from ops.provider where name = 'openai'), r.id, r.stored, 'old'
            from unnest(@ids, @stored) as r (id, stored)
            """,
            new { organization, ids, stored = stored.ToArray() }, CancellationToken.None);
        return ids.Order(Comparer<Guid>.Create((a, b) => string.CompareOrdinal($"{a}", $"{b}"))).ToArray();
    }

    private async Task AssertReadableAsync(IEnumerable<Guid> rows, SecretBox box)
    {
        foreach (var row in rows)
            Assert.Equal($"sk-{row}", await OpenAsync(row, box));
    }

    private async Task<string> OpenAsync(Guid row, SecretBox box)
    {
        var stored = await database.As(organization).FindAsync<SealedSecret>(
            "select ciphertext, encryption_key_id from ops.provider_credential where id = @row",
            new { row }, CancellationToken.None);
        return await box.OpenAsync(stored!, Place(row), CancellationToken.None);
    }

    private SecretPlace Place(Guid row) => new("ops.provider_credential.ciphertext", row, organization, null);
}
