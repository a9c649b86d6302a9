using Npgsql;

namespace Assay;

public sealed class PostgresCommandTests
{
    [Fact]
    public async Task The_verbs_take_an_empty_server_to_a_seeded_database_and_back()
    {
        await using var scratch = new ScratchDatabase();
        var newest = MigrationFile.Embedded[^1].Label;

        Assert.Contains($"Applying {newest}", await RunAsync(scratch, "migrate"));
        Assert.Contains("Nothing to do.", await RunAsync(scratch, "migrate"));
        await RunAsync(scratch, "seed");
        Assert.Contains("ask_sample_local_only", await RunAsync(scratch, "seed"));
        Assert.Equal(["sample"], await scratch.ListAsync(
            """
            select organization_slug from ops.authenticate_api_key(sha256('ask_sample_local_only'))
            where scopes = '{admin}' and role = 'owner'
            """));
        await scratch.ListAsync("update ops.organization set name = 'Changed' where slug = 'acme' returning slug");
        await RunAsync(scratch, "seed", "--clean");
        Assert.Equal(
            ["acme owner", "acme viewer", "globex owner"],
            await scratch.ListAsync(
                """
                select concat_ws(' ', organization_slug, role) from unnest(array[
                    'ask_acme_owner_local_only', 'ask_acme_viewer_local_only', 'ask_globex_owner_local_only']) key
                cross join ops.authenticate_api_key(sha256(key::bytea))
                """));
        Assert.Equal(["Acme"], await scratch.ListAsync("select name::text from ops.organization where slug = 'acme'"));
        Assert.Contains($"Reverting {newest}", await RunAsync(scratch, "rollback"));
        Assert.Matches($"{newest} +pending", await RunAsync(scratch, "status"));
        await RunAsync(scratch, "rollback", "2");
        Assert.Contains($"Applying {newest}", await RunAsync(scratch, "to", $"{MigrationFile.Embedded.Count}"));
        Assert.Matches($"{newest} +\\d{{4}}-", await RunAsync(scratch, "status"));
    }

    [Fact]
    public async Task Settings_are_those_that_each_role_logs_in_with()
    {
        await using var scratch = new ScratchDatabase();
        await RunAsync(scratch, "migrate");

        var settings = (await RunAsync(scratch, "settings"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);

        Assert.Equal("assay_app", await CurrentUserAsync(settings["Assay__Database"]));
        Assert.Equal("assay_job", await CurrentUserAsync(settings["Assay__JobDatabase"]));
        Assert.Equal("assay_durable", await CurrentUserAsync(settings["DurableDatabase"]));

        // The engine makes its own schema; the app may not make any.
        await ExecuteAsync(settings["DurableDatabase"], "create schema durable_task");
        var refusal = await Assert.ThrowsAsync<PostgresException>(
            () => ExecuteAsync(settings["Assay__Database"], "create schema mine"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        refusal = await Assert.ThrowsAsync<PostgresException>(
            () => ExecuteAsync(settings["DurableDatabase"], "select * from ops.organization"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Theory]
    [InlineData]
    [InlineData("jump")]
    [InlineData("rollback", "0")]
    [InlineData("to", "latest")]
    public async Task Arguments_that_make_no_sense_get_the_usage(params string[] arguments)
    {
        var output = new StringWriter();

        Assert.Equal(2, await new PostgresCommand(_ => null, output).RunAsync(arguments, CancellationToken.None));
        Assert.Contains("usage:", output.ToString());
    }

    [Fact]
    public async Task A_missing_setting_is_named()
    {
        var failure = await Assert.ThrowsAsync<MigrationException>(
            () => new PostgresCommand(_ => null, TextWriter.Null).RunAsync(["status"], CancellationToken.None));

        Assert.Contains("ASSAY_DATABASE", failure.Message);
    }

    private static async Task<string> RunAsync(ScratchDatabase scratch, params string[] arguments)
    {
        var output = new StringWriter();
        var command = new PostgresCommand(
            name => name switch
            {
                "ASSAY_DATABASE" => scratch.Administrator.ConnectionString,
                "ASSAY_ROLE_PASSWORD" => TestServer.RolePassword,
                _ => null,
            },
            output);
        Assert.Equal(0, await command.RunAsync(arguments, CancellationToken.None));
        return output.ToString();
    }

    private static async Task<string> CurrentUserAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("select current_user::text");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
