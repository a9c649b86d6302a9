using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Assay;

/// <summary>The verbs of the console, against the server that <c>ASSAY_DATABASE</c> names.</summary>
/// <param name="environment">Reads an environment variable.</param>
public sealed class PostgresCommand(Func<string, string?> environment, TextWriter output)
{
    private const string Usage =
        """
        usage: Assay.Postgres VERB
          migrate         create roles and database if missing, then apply what is pending
          rollback [N]    revert the newest migration, or the newest N
          to VERSION      apply or revert until VERSION is the newest; 0 reverts all
          status          list the migrations and when they ran
          new NAME        add a pair of empty migration files to infra/postgres/migrations
          seed [--clean]  add three sample organizations, for local use; --clean begins them anew
          backup [FILE]   copy the database into FILE, and what to check it by into FILE.json
          restore FILE [DATABASE]
                          make a new database from a backup, and compare the two
          check FILE [DATABASE]
                          compare a database with a backup, table by table
          import-legacy DATABASE ORGANIZATION EMAIL
                          bring prompts from tables of before: see infra/postgres/legacy.md; safe to repeat
          settings        print the app's connection settings, a NAME=VALUE line each
          new-scope-key   make a new key for the app to prove with whom it acts for; older ones stay good
          retire-scope-keys
                          remove all such keys but the newest
          rotate-keys     move all secrets to the current key, while the app goes on; safe to stop and to repeat
        environment:
          ASSAY_DATABASE       connection string of an administrator (Npgsql's form or postgres://…)
          ASSAY_ROLE_PASSWORD  password for the roles assay_*; without it the server must trust them
          ASSAY_POSTGRES_TOOLS a program that runs pg_dump and pg_restore where the server is
          Assay__Secrets__…    the app's keys, old and current, for rotate-keys; which also takes Assay__JobDatabase,
                               the connection string of assay_job, instead of an administrator's
        """;

    /// <returns>
    /// The exit code: 0, 1 when a rotation leaves secrets under other keys or an import leaves rows that were refused,
    /// or 2 when the arguments make no sense.
    /// </returns>
    public async Task<int> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        switch (arguments)
        {
            case ["migrate"]:
                await PrepareAsync(cancellation);
                Report(await NewMigrator().MigrateAsync(cancellation));
                return 0;
            case ["rollback"]:
                Report(await NewMigrator().RollbackAsync(1, cancellation));
                return 0;
            case ["rollback", var text] when int.TryParse(text, out var count) && count > 0:
                Report(await NewMigrator().RollbackAsync(count, cancellation));
                return 0;
            case ["to", var text] when int.TryParse(text, out var version) && version >= 0:
                await PrepareAsync(cancellation);
                Report(await NewMigrator().MoveToAsync(version, cancellation));
                return 0;
            case ["status"]:
                foreach (var state in await NewMigrator().StatusAsync(cancellation))
                    output.WriteLine($"{state.Label,-24} {state.AppliedAt?.ToString("u") ?? "pending"}");
                return 0;
            case ["new", var name]:
                foreach (var path in MigrationFolder.Find(Directory.GetCurrentDirectory()).Add(name))
                    output.WriteLine(path);
                return 0;
            case ["seed"] or ["seed", "--clean"]:
                await SampleSeed.ApplyAsync(Administrator().ConnectionString, arguments.Length > 1, cancellation);
                output.WriteLine(
                    """
                    The organizations sample, acme and globex are there, each with an owner, admin, member and viewer.
                    API keys: ask_sample_local_only for the first owner, ask_ORGANIZATION_ROLE_local_only for others.
                    Log in as ROLE@ORGANIZATION.example.com with the password "sample, for local use".
                    """);
                return 0;
            case ["backup", .. var rest] when rest.Length <= 1:
                await BackUpAsync(rest.ElementAtOrDefault(0), cancellation);
                return 0;
            case ["restore", var file, .. var rest] when rest.Length <= 1:
                await RestoreAsync(file, rest.ElementAtOrDefault(0), cancellation);
                return 0;
            case ["check", var file, .. var rest] when rest.Length <= 1:
                await CheckAsync(file, rest.ElementAtOrDefault(0), cancellation);
                return 0;
            case ["import-legacy", var database, var slug, var email]:
                return await new LegacyImport(Administrator(), output).RunAsync(database, slug, email, cancellation);
            case ["settings"]:
                await PrintSettingsAsync(cancellation);
                return 0;
            case ["new-scope-key"]:
                output.WriteLine(
                    $"Made key {await ScopeKeys().AddAsync(cancellation)}. Give the app what the verb settings prints, "
                    + "then remove the old ones: retire-scope-keys.");
                return 0;
            case ["retire-scope-keys"]:
                output.WriteLine($"Removed {await ScopeKeys().RetireAsync(cancellation)}; the newest is left.");
                return 0;
            case ["rotate-keys"]:
                var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
                return await RotateKeysCommand.RunAsync(JobDatabase(), settings, output, cancellation);
            default:
                output.WriteLine(Usage);
                return 2;
        }
    }

    private async Task BackUpAsync(string? file, CancellationToken cancellation)
    {
        file ??= $"{Administrator().Database}-{DateTime.UtcNow:yyyyMMdd-HHmmss}.dump";
        var manifest = await NewBackup().TakeAsync(file, cancellation);
        output.WriteLine($"Backed up {manifest.Database} to {file}, with {file}.json: {Extent(manifest)}.");
        output.WriteLine("Roles and keys that secrets are encrypted under are kept elsewhere, not in it.");
    }

    private async Task RestoreAsync(string file, string? database, CancellationToken cancellation)
    {
        database ??= $"{Administrator().Database}_restored";
        var manifest = await NewBackup().RestoreAsync(
            file, database, environment("ASSAY_ROLE_PASSWORD"), cancellation);
        output.WriteLine($"Restored into {database}: {Extent(manifest)}, all as of {manifest.TakenAt:u}.");

        var restored = new NpgsqlConnectionStringBuilder(Administrator().ConnectionString) { Database = database };
        var states = await new Migrator(restored.ConnectionString, MigrationFile.Embedded).StatusAsync(cancellation);
        var pending = states.Count(state => state.AppliedAt is null);
        output.WriteLine(pending == 0
            ? "Its migrations are those of this build."
            : $"{pending} of this build's {states.Count} migrations are pending in it.");
    }

    private async Task CheckAsync(string file, string? database, CancellationToken cancellation)
    {
        database ??= Administrator().Database!;
        var manifest = await BackupManifest.ReadAsync(file, cancellation);
        await NewBackup().CheckAsync(manifest, database, cancellation);
        output.WriteLine($"{database} is as of {manifest.TakenAt:u}: {Extent(manifest)}.");
    }

    private static string Extent(BackupManifest manifest) =>
        $"{manifest.Content.Tables.Count} tables with {manifest.Content.Rows:n0} rows";

    private DatabaseBackup NewBackup() => new(Administrator(), (name, server, cancellation) =>
        environment("ASSAY_POSTGRES_TOOLS") is { Length: > 0 } program
            ? PostgresTool.ThroughAsync(program, name, server, cancellation)
            : PostgresTool.FindAsync(name, server, PostgresTool.Folders(), cancellation));

    private Task PrepareAsync(CancellationToken cancellation) =>
        DatabaseBootstrap.PrepareAsync(Administrator(), environment("ASSAY_ROLE_PASSWORD"), cancellation);

    private Migrator NewMigrator() =>
        new(Administrator().ConnectionString, MigrationFile.Embedded, output.WriteLine);

    private void Report(int moved) =>
        output.WriteLine(moved == 0 ? "Nothing to do." : $"Done: {moved} migration{(moved == 1 ? "" : "s")}.");

    private async Task PrintSettingsAsync(CancellationToken cancellation)
    {
        var administrator = Administrator();
        var password = environment("ASSAY_ROLE_PASSWORD");
        foreach (var (name, role) in new[]
        {
            ("Assay__Database", "assay_app"),
            ("Assay__JobDatabase", "assay_job"),
            ("DurableDatabase", "assay_durable"),
        })
            output.WriteLine($"{name}={ConnectionStrings.ForRole(administrator, role, password)}");
        output.WriteLine($"Assay__ScopeKey={await ScopeKeys().NewestAsync(cancellation)}");
    }

    private ScopeKeys ScopeKeys() => new(Administrator().ConnectionString);

    private string JobDatabase() =>
        environment("ASSAY_DATABASE") is null or "" && environment("Assay__JobDatabase") is { Length: > 0 } given
            ? given
            : ConnectionStrings.ForRole(Administrator(), "assay_job", environment("ASSAY_ROLE_PASSWORD"));

    private NpgsqlConnectionStringBuilder Administrator() =>
        environment("ASSAY_DATABASE") is { Length: > 0 } text
            ? ConnectionStrings.Parse(text)
            : throw new MigrationException(
                "Set ASSAY_DATABASE to the connection string of an administrator, or use ./dev db.");
}
