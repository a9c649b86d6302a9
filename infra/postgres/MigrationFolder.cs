using System.Text.RegularExpressions;

namespace Assay;

/// <summary>The source folder that new migrations are written into.</summary>
public sealed partial class MigrationFolder
{
    private readonly string path;

    private MigrationFolder(string path) => this.path = path;

    /// <summary>Looks in a folder and those above it for a checkout of the project.</summary>
    public static MigrationFolder Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "infra", "postgres", "migrations");
            if (Directory.Exists(path))
                return new MigrationFolder(path);
        }
        throw new MigrationException(
            $"There is no infra/postgres/migrations in {start} or above; run it in a checkout.");
    }

    /// <summary>Adds the next pair of files. Returns their paths, up first.</summary>
    public IReadOnlyList<string> Add(string name)
    {
        if (!NamePattern().IsMatch(name))
            throw new MigrationException($"'{name}' is no name for a migration: use a-z, 0-9 and _, such as add_tags.");

        var existing = MigrationFile.Pair(
            Directory.GetFiles(path, "*.sql").Select(file => (Path.GetFileName(file), File.ReadAllText(file))));
        var stem = Path.Combine(path, $"{existing.Count + 1:0000}_{name}");
        var (up, down) = ($"{stem}.up.sql", $"{stem}.down.sql");
        File.WriteAllText(up, "");
        File.WriteAllText(down, "");
        return [up, down];
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex NamePattern();
}
