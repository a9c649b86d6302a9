using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>One migration: the pair of files <c>NNNN_name.up.sql</c> and <c>NNNN_name.down.sql</c>.</summary>
public sealed partial record MigrationFile(int Version, string Name, string Up, string Down)
{
    /// <summary>SHA-256 of both files in hex. Line endings do not count, so a checkout may convert them.</summary>
    public string Checksum => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Up}\0{Down}".ReplaceLineEndings("\n"))));

    /// <summary>The name of the files without direction, such as <c>0004_events</c>.</summary>
    public string Label => $"{Version:0000}_{Name}";

    /// <summary>Pairs files up by name, in order of version.</summary>
    /// <exception cref="MigrationException">
    /// A file is misnamed or lacks its other half, or versions do not run from 1 without gaps and repeats.
    /// </exception>
    public static IReadOnlyList<MigrationFile> Pair(IEnumerable<(string FileName, string Sql)> files)
    {
        var halves = new Dictionary<(int Version, string Name), (string? Up, string? Down)>();
        foreach (var (fileName, sql) in files)
        {
            if (FileNamePattern().Match(fileName) is not { Success: true } match)
                throw new MigrationException($"'{fileName}' is not named NNNN_name.up.sql or NNNN_name.down.sql.");

            var key = (int.Parse(match.Groups["version"].ValueSpan), match.Groups["name"].Value);
            var pair = halves.GetValueOrDefault(key);
            halves[key] = match.Groups["direction"].Value == "up" ? (sql, pair.Down) : (pair.Up, sql);
        }

        var migrations = new List<MigrationFile>();
        foreach (var ((version, name), (up, down)) in halves.OrderBy(entry => entry.Key))
        {
            var label = $"{version:0000}_{name}";
            if (up is null || down is null)
                throw new MigrationException($"{label} has no {(up is null ? "up" : "down")} file.");
            if (version != migrations.Count + 1)
                throw new MigrationException($"{label} should have version {migrations.Count + 1:0000}.");
            migrations.Add(new MigrationFile(version, name, up, down));
        }
        return migrations;
    }

    /// <summary>The migrations that this build was made with.</summary>
    public static IReadOnlyList<MigrationFile> Embedded { get; } = Pair(ReadEmbedded());

    private static IEnumerable<(string, string)> ReadEmbedded()
    {
        const string prefix = "migrations/";
        var assembly = typeof(MigrationFile).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[prefix.Length..], reader.ReadToEnd());
        }
    }

    [GeneratedRegex(@"^(?<version>\d{4})_(?<name>[a-z0-9_]+)\.(?<direction>up|down)\.sql$")]
    private static partial Regex FileNamePattern();
}

/// <summary>A migration cannot go on; the message says which one, why, and what to do.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
