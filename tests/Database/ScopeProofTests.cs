using Npgsql;

namespace Assay;

/// <summary>What somebody achieves who gets to send SQL of their own as the app's role.</summary>
public sealed class ScopeProofTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Seen = "select count(*) from ops.workflow_run";

    [Fact]
    public async Task A_proof_of_the_app_and_one_of_the_database_are_the_same()
    {
        var (organization, user) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var end = DateTimeOffset.FromUnixTimeSeconds(4_000_000_000);
        var proof = await KeyAsync() is var key ? key.Prove(organization, user, "user|a|b|::1", end) : "";

        Assert.Equal(proof, await database.ValueAsync<string>(
            $"""
            select ops.prove('{organization}', '{user}', 'user|a|b|::1',
                to_timestamp({end.ToUnixTimeSeconds()}) - now())
            """));
    }

    [Fact]
    public async Task Settings_without_a_proof_show_nothing()
    {
        var (mine, other) = (await AddWithRunAsync(), await AddWithRunAsync());
        var proof = database.Prove(mine, null);
        await using var connection = await OpenAsync();
        await EnterAsync(connection, proof);
        Assert.Equal(1L, await CountAsync(connection, Seen));

        foreach (var forged in new[]
            {
                proof.Replace($"{mine}", $"{other}"), $"|{other}|", "x",
                $"{new string('0', 64)}|1|4000000000|{other}||", $"{proof}|", proof[..64],
                $"{new string('0', 64)}{proof[64..]}",
            })
        {
            Assert.Equal(0L, await TryCountAsync(connection, $"set assay.scope = '{forged}'", Seen));
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => EnterAsync(connection, forged));
            Assert.Contains(refusal.SqlState, new[] { "28000", "22023", "22P02", "22003" });
        }
        foreach (var setting in (string[])["organization_id", "user_id", "actor"])
            Assert.Equal(0L, await TryCountAsync(
                connection, $"set assay.scope = ''; set assay.{setting} = '{other}'", Seen));
    }

    [Fact]
    public async Task A_scope_cannot_be_changed_in_the_middle_of_a_statement()
    {
        var (mine, other) = (await AddWithRunAsync(), await AddWithRunAsync());
        var proof = database.Prove(mine, null);
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await EnterAsync(connection, proof);

        Assert.Equal(0L, await CountAsync(
            connection,
            $"""
            with changed as materialized (
                select set_config('assay.scope', '{proof.Replace($"{mine}", $"{other}")}', true) from ops.workflow_run
            )
            select count(*) from changed, ops.workflow_run r where r.organization_id = '{other}'
            """));
    }

    [Fact]
    public async Task A_proof_ends()
    {
        var (organization, key) = (await AddWithRunAsync(), await KeyAsync());
        await using var connection = await OpenAsync();
        foreach (var (seconds, lasts) in new[] { (-2, false), (120, true), (590, true), (620, false) })
        {
            var proof = key.Prove(organization, null, "system|||", DateTimeOffset.UtcNow.AddSeconds(seconds));
            Assert.Equal(
                lasts ? 1L : 0L, await TryCountAsync(connection, $"set assay.scope = '{proof}'", Seen));
        }
    }

    [Fact]
    public async Task A_transaction_that_outlasts_its_proof_goes_on()
    {
        var (organization, key) = (await AddWithRunAsync(), await KeyAsync());
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var end = DateTimeOffset.UtcNow.AddSeconds(2);
        await EnterAsync(connection, key.Prove(organization, null, "system|||", end));

        await Eventually.TrueAsync(
            () => Task.FromResult(DateTimeOffset.UtcNow > end.AddSeconds(1)), TimeSpan.FromSeconds(10), () => "Time.");
        Assert.Equal(1L, await CountAsync(connection, Seen));
    }

    [Theory]
    [InlineData("select key from ops.scope_key")]
    [InlineData("select inner_pad from ops.scope_key")]
    [InlineData("select ops.new_scope_key()")]
    [InlineData("select ops.prove(null, null)")]
    [InlineData("insert into ops.scope_key (key) values (decode(repeat('00', 64), 'hex'))")]
    [InlineData("create or replace function ops.proved_scope() returns text[] language sql as $$ select null $$")]
    public async Task The_app_and_jobs_come_at_no_key(string statement)
    {
        foreach (var login in new[] { database.App, database.Job })
        {
            await using var connection = new NpgsqlConnection(login);
            await connection.OpenAsync();
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => CountAsync(connection, statement));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    [Fact]
    public async Task Functions_and_operators_of_a_session_do_not_replace_those_that_check()
    {
        var (mine, other) = (await AddWithRunAsync(), await AddWithRunAsync());
        await using var connection = await OpenAsync();
        await TestServer.ExecuteAsync(
            connection,
            """
            create function pg_temp.sha256(bytea) returns bytea language sql as $$ select '\x00'::bytea $$;
            create function pg_temp.decode(text, text) returns bytea language sql as $$ select '\x00'::bytea $$;
            create temporary table scope_key (id integer, inner_pad bytea, outer_pad bytea);
            set search_path = pg_temp, pg_catalog
            """);
        var forged = database.Prove(mine, null).Replace($"{mine}", $"{other}");

        Assert.Equal(0L, await TryCountAsync(connection, $"set assay.scope = '{forged}'", Seen));
    }

    [Fact]
    public async Task Keys_are_replaced_without_a_pause()
    {
        await using var own = await TestDatabase.CreateAsync();
        var keys = new ScopeKeys(own.Administrator);
        var old = await keys.NewestAsync(CancellationToken.None);
        await keys.AddAsync(CancellationToken.None);
        var fresh = await keys.NewestAsync(CancellationToken.None);
        await using var connection = new NpgsqlConnection(own.App);
        await connection.OpenAsync();
        Task EnterWithAsync(string key) => EnterAsync(
            connection,
            ScopeKey.Parse(key).Prove(Guid.CreateVersion7(), null, "system|||", DateTimeOffset.UtcNow.AddMinutes(1)));

        Assert.NotEqual(old, fresh);
        await EnterWithAsync(old);
        await EnterWithAsync(fresh);
        Assert.Equal(1, await keys.RetireAsync(CancellationToken.None));
        await EnterWithAsync(fresh);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => EnterWithAsync(old));
        Assert.Equal("28000", refusal.SqlState);
        Assert.Contains("Assay__ScopeKey", refusal.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("x:AAAA")]
    [InlineData("1:AAAA")]
    [InlineData("1:not base64")]
    public void A_key_that_is_none_is_refused_and_not_repeated(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => ScopeKey.Parse(text));
        Assert.Equal("Expected a number, a colon and the base64 of 64 bytes.", refusal.Message);
    }

    private async Task<Guid> AddWithRunAsync()
    {
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $"insert into ops.workflow_run (organization_id, kind) values ('{organization}', 'test')");
        return organization;
    }

    private async Task<ScopeKey> KeyAsync() =>
        ScopeKey.Parse(await new ScopeKeys(database.Administrator).NewestAsync(CancellationToken.None));

    private async Task<NpgsqlConnection> OpenAsync()
    {
        // Not pooled: what is set here stays with it.
        var connection = new NpgsqlConnection($"{database.App};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    // For the session, since nothing here may depend on a transaction.
    private static async Task EnterAsync(NpgsqlConnection connection, string proof)
    {
        await using var command = new NpgsqlCommand(
            "select ops.enter($1), set_config('assay.scope', $1, false)", connection)
        {
            Parameters = { new() { Value = proof } },
        };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is long count ? count : -1;
    }

    // A setting that cannot even be read as a proof is an error, which shows nothing either.
    private static async Task<long> TryCountAsync(NpgsqlConnection connection, string set, string sql)
    {
        await TestServer.ExecuteAsync(connection, set);
        try
        {
            return await CountAsync(connection, sql);
        }
        catch (PostgresException e) when (e.SqlState is "22P02" or "22023" or "22003")
        {
            return 0;
        }
    }
}
