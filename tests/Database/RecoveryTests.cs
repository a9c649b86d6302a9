using Npgsql;

namespace Assay;

/// <summary>The recovery to a point in time of <c>infra/postgres/recovery.md</c>, step by step.</summary>
public sealed class RecoveryTests
{
    [NeedsPostgresBinariesFact]
    public async Task A_cluster_is_recovered_to_the_moment_before_the_damage()
    {
        var archive = Directory.CreateTempSubdirectory("assay-archive-").FullName;
        try
        {
            await PostgresCluster.GiveToServerAsync(archive);
            await using var cluster = await PostgresCluster.StartNewAsync(
                environment: null,
                "archive_mode = on",
                $"archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'");
            await DatabaseBootstrap.PrepareAsync(
                new(cluster.Administrator), rolePassword: null, CancellationToken.None);
            await new Migrator(cluster.Administrator, MigrationFile.Embedded).MigrateAsync(CancellationToken.None);
            await AddAsync(cluster, "in-the-copy");

            await using var recovered = await cluster.CopyAsync();
            await AddAsync(cluster, "after-the-copy");
            var good = await ValueAsync<string>(cluster, "select clock_timestamp()::text");
            await ExecuteAsync(cluster, "delete from ops.organization; drop table core.embedding");
            await ArchiveAllAsync(cluster);

            await recovered.RecoverAsync(
                "archive_mode = off",
                $"restore_command = 'cp {archive}/%f %p'",
                $"recovery_target_time = '{good}'",
                "recovery_target_action = promote");
            await Eventually.TrueAsync(
                async () => !await ValueAsync<bool>(recovered, "select pg_is_in_recovery()"),
                within: null, () => "The recovery does not come to its end.");

            Assert.Equal("after-the-copy in-the-copy", await ValueAsync<string>(
                recovered, "select string_agg(slug, ' ' order by slug) from ops.organization"));
            Assert.Equal(0, await ValueAsync<long>(recovered, "select count(*) from core.embedding"));
            Assert.Equal(0, await ValueAsync<long>(cluster, "select count(*) from ops.organization"));
            // It is an ordinary server now.
            await AddAsync(recovered, "later");
        }
        finally
        {
            Directory.Delete(archive, recursive: true);
        }
    }

    /// <summary>Closes the segment being written, and waits until it is in the archive.</summary>
    private static async Task ArchiveAllAsync(PostgresCluster cluster)
    {
        var segment = await ValueAsync<string>(cluster, "select pg_walfile_name(pg_switch_wal())");
        await Eventually.TrueAsync(
            () => ValueAsync<bool>(
                cluster, $"select coalesce(last_archived_wal >= '{segment}', false) from pg_stat_archiver"),
            within: null, () => $"The segment {segment} is not archived.");
    }

    private static Task AddAsync(PostgresCluster cluster, string slug) => ExecuteAsync(
        cluster, $"insert into ops.organization (id, name, slug) values (gen_random_uuid(), 'Test', '{slug}')");

    private static async Task ExecuteAsync(PostgresCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.Administrator);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> ValueAsync<T>(PostgresCluster cluster, string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.Administrator);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
