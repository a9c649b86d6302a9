using Npgsql;

namespace Assay.Faults;

/// <summary>Workers and a client whose every transaction may meet another session.</summary>
[Collection(nameof(Fleet))]
public sealed class PgBouncerTests
{
    [NeedsPgBouncerTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Through_a_transaction_pooler_the_engine_works_by_polling_alone(bool ignoresOptions)
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bouncer = await PgBouncer.StartAsync(cluster, ignoresOptions);
        await using var fleet = await Fleet.StartAsync(bouncer.ConnectionString, hosts: 2, "lease=00:00:04");
        var work = new MixedWork(fleet);

        await work.StartAsync(64);
        await fleet.ReplaceAsync(fleet.Hosts[0]);
        await work.AssertSoundAsync();

        // Nothing was left in the sessions that others will be given.
        await using var connection = new NpgsqlConnection(bouncer.ConnectionString);
        await connection.OpenAsync();
        await using var left = new NpgsqlCommand(
            """
            select (select count(*) from pg_prepared_statements) + (select count(*) from pg_listening_channels())
                + (select count(*) from pg_settings where name = 'enable_seqscan' and setting = 'off')
            """,
            connection);
        Assert.Equal(0L, await left.ExecuteScalarAsync());
    }
}
