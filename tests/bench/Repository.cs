using System.Text;

namespace Assay.Bench;

/// <summary>The clone that the benchmark was built from; its own sources and pages are the texts to work on.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Real text of a kind, whole files one after another, cut to a length.</summary>
    public static string Text(string extension, int characters)
    {
        string[] folders = ["functions", "shared", "infra", "tests", "."];
        var text = new StringBuilder();
        var files = folders
            .SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(Root, folder), "*" + extension,
                folder == "." ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories))
            .Where(file => !IsGenerated(file))
            .Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (text.Length >= characters)
                break;
            text.Append(File.ReadAllText(file)).Append('\n');
        }

        // A small clone has less than asked for; the same files again are the same work.
        while (text.Length < characters)
            text.Append(text.ToString());
        return text.ToString(0, characters);
    }

    private static bool IsGenerated(string file) => Path.GetRelativePath(Root, file)
        .Split(Path.DirectorySeparatorChar)
        .Any(part => part is "bin" or "obj" or "node_modules" or "results.md" or ".local");

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Functions.sln")))
                return folder;
        }

        throw new InvalidOperationException("The benchmarks run from a clone: there is no Functions.sln above them.");
    }
}
