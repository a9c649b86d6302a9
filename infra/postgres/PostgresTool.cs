using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;

namespace Assay;

/// <summary>pg_dump or pg_restore, of a version that suits the server.</summary>
/// <param name="Name">Its name, where <paramref name="Program"/> runs it elsewhere, such as in a container.</param>
public sealed partial record PostgresTool(string Program, string? Name, int Version)
{
    /// <summary>
    /// Of those in <paramref name="folders"/>, the one of the server's own version, or else the next newer one.
    /// </summary>
    /// <exception cref="BackupException">There is none that suits.</exception>
    public static async Task<PostgresTool> FindAsync(
        string name, int server, IEnumerable<string> folders, CancellationToken cancellation)
    {
        var found = new List<PostgresTool>();
        foreach (var path in folders.Select(folder => Path.Combine(folder, name)).Where(File.Exists).Distinct())
            found.Add(await WithVersionAsync(new(path, null, 0), cancellation));
        return Suiting(name, server, found);
    }

    /// <summary>The one that <paramref name="program"/> runs when it gets the name as its first argument.</summary>
    public static async Task<PostgresTool> ThroughAsync(
        string program, string name, int server, CancellationToken cancellation) =>
        Suiting(name, server, [await WithVersionAsync(new(program, name, 0), cancellation)]);

    /// <summary>Where distributions put the programs of each version, then the search path.</summary>
    public static IEnumerable<string> Folders() =>
        new[] { "/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt" }
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .Concat(Directory.Exists("/usr") ? Directory.GetDirectories("/usr", "pgsql-*") : [])
            .Select(version => Path.Combine(version, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));

    /// <summary>A connection in libpq's terms, for <c>--dbname</c>. The rest is in the environment.</summary>
    public static string Target(NpgsqlConnectionStringBuilder server, string options = "") =>
        $"dbname={Quoted(server.Database)} user={Quoted(server.Username)} options={Quoted(options)}";

    /// <summary>Runs it with everything it writes going to <paramref name="output"/>.</summary>
    /// <exception cref="BackupException">It failed; the message is what it said last.</exception>
    public async Task RunAsync(
        NpgsqlConnectionStringBuilder server, string[] arguments, Stream input, Stream output,
        CancellationToken cancellation)
    {
        using var process = Start(arguments, server);
        await using var stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var complaints = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var written = process.StandardOutput.BaseStream.CopyToAsync(output, CancellationToken.None);
        try
        {
            await input.CopyToAsync(process.StandardInput.BaseStream, CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything, and has said why.
        }
        await Task.WhenAll(written, process.WaitForExitAsync(CancellationToken.None));
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
            throw new BackupException($"{Path.GetFileName(Name ?? Program)} failed. {LastLines(await complaints)}");
    }

    private static async Task<PostgresTool> WithVersionAsync(PostgresTool tool, CancellationToken cancellation)
    {
        using var answer = new MemoryStream();
        await tool.RunAsync(new(), ["--version"], Stream.Null, answer, cancellation);
        var text = System.Text.Encoding.UTF8.GetString(answer.ToArray());
        return tool with { Version = VersionPattern().Match(text) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan)
            : throw new BackupException($"{tool.Program} --version answers '{text.Trim()}'.") };
    }

    private static PostgresTool Suiting(string name, int server, IReadOnlyList<PostgresTool> found)
    {
        if (found.Where(tool => tool.Version >= server).MinBy(tool => tool.Version) is { } suiting)
            return suiting;
        var install = $"Install the client programs of PostgreSQL {server} (Debian: postgresql-client-{server}).";
        throw new BackupException(found.Count == 0
            ? $"{name} is not here. {install}"
            : $"{name} is of version {found.Max(tool => tool.Version)}, and the server of {server}. {install}");
    }

    private Process Start(string[] arguments, NpgsqlConnectionStringBuilder server)
    {
        var start = new ProcessStartInfo(Program, Name is null ? arguments : [Name, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Not among the arguments, where every user of the machine can read them.
        foreach (var (name, value) in new[]
        {
            ("PGHOST", server.Host),
            ("PGPORT", $"{server.Port}"),
            ("PGPASSWORD", server.Password),
            ("PGSSLMODE", SslMode(server.SslMode)),
            ("PGSSLROOTCERT", server.RootCertificate),
        })
        {
            if (!string.IsNullOrEmpty(value))
                start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }

    private static string SslMode(SslMode mode) => mode switch
    {
        Npgsql.SslMode.VerifyCA => "verify-ca",
        Npgsql.SslMode.VerifyFull => "verify-full",
        _ => $"{mode}".ToLowerInvariant(),
    };

    private static string Quoted(string? text) => $"'{text?.Replace("\\", "\\\\").Replace("'", "\\'")}'";

    private static string LastLines(string text) =>
        string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(8));

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionPattern();
}
