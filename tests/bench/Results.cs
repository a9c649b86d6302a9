using System.Globalization;
using System.Text.RegularExpressions;

namespace Assay.Bench;

/// <summary>The results file: a part for each section, with its own date, machine and command.</summary>
internal static partial class Results
{
    private const string Head =
        """
        # Benchmarks

        `./dev bench` measures everything and writes this file; `./dev bench NAME` measures one section and replaces its
        part. Contenders take turns in one run on one machine, and figures are medians: compare within a table, not
        across machines. Ratios are Assay's speed over the other's.

        """;

    public static string File => Path.Combine(Repository.Root, "tests/bench/results.md");

    public static async Task WriteAsync(IBenchmark benchmark, IReadOnlyList<Table> tables, string[] arguments)
    {
        var parts = System.IO.File.Exists(File) ? Parts(await System.IO.File.ReadAllTextAsync(File)) : [];
        var command = string.Join(' ', (string[])["./dev bench", .. arguments]);
        var date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        parts[benchmark.Name] =
            $"## {benchmark.Name}\n\n{date}, {Machine.Description}; `{command}`\n\n" +
            string.Join('\n', tables.Select(table => table.ToMarkdown()));
        await System.IO.File.WriteAllTextAsync(File, Head + string.Concat(parts.Values.Select(part => "\n" + part)));
    }

    private static SortedDictionary<string, string> Parts(string text)
    {
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in SectionStart().Split(text).Skip(1))
            parts[part[3..part.IndexOf('\n', StringComparison.Ordinal)]] = part.TrimEnd() + "\n";
        return parts;
    }

    [GeneratedRegex("^(?=## )", RegexOptions.Multiline)]
    private static partial Regex SectionStart();
}
