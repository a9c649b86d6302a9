using System.Security.Cryptography;
using System.Text;
using Assay.DurableTask.PostgreSql;
using Npgsql;

namespace Assay;

/// <summary>
/// A migrated database to clone, with the tables of orchestrations. Named after what made it, so that it is made once,
/// whichever of several test processes comes first; the others wait for its lock.
/// </summary>
internal static class TemplateDatabase
{
    private const long LockKey = 0x4173736179546d; // "AssayTm"

    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    public static Task<string> NameAsync() => Made.Value;

    private static async Task<string> MakeAsync()
    {
        var checksums = string.Concat(MigrationFile.Embedded.Select(migration => migration.Checksum))
            + typeof(PostgreSqlOrchestrationService).Module.ModuleVersionId;
        var name = $"assay_template_{Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(checksums)))[..16]}";

        await using var server = await TestServer.OpenAsync();
        await TestServer.ExecuteAsync(server, $"select pg_advisory_lock({LockKey})");

        // It becomes a template last: one that is none was left half made by a process that died.
        await using var query = new NpgsqlCommand("select datistemplate from pg_database where datname = $1", server)
        {
            Parameters = { new() { Value = name } },
        };
        if (await query.ExecuteScalarAsync() is true)
            return name;

        await TestServer.ExecuteAsync(server, $"drop database if exists {name} with (force)");
        var administrator = TestServer.For(name);
        await DatabaseBootstrap.PrepareAsync(administrator, TestServer.RolePassword, CancellationToken.None);
        await new Migrator(administrator.ConnectionString, MigrationFile.Embedded)
            .MigrateAsync(CancellationToken.None);
        var durable = ConnectionStrings.ForRole(administrator, "assay_durable", TestServer.RolePassword);
        await using (var service = new PostgreSqlOrchestrationService(new($"{durable};Pooling=false")))
            await service.CreateIfNotExistsAsync();
        await TestServer.ExecuteAsync(server, $"alter database {name} with is_template true allow_connections false");
        return name;
    }
}
