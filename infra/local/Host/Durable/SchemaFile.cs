using System.Reflection;

namespace Assay.Local;

/// <summary>A step of the schema <c>durable</c>: the embedded file <c>Schema/NNN_name.sql</c>.</summary>
internal sealed record SchemaFile(int Number, string Name, string Sql)
{
    const string ResourceFolder = ".Durable.Schema.";

    /// <summary>The files that this build was made with, in order.</summary>
    /// <exception cref="InvalidOperationException">Two have the same number.</exception>
    public static IReadOnlyList<SchemaFile> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return InOrder(
            from resource in assembly.GetManifestResourceNames()
            let start = resource.IndexOf(ResourceFolder, StringComparison.Ordinal)
            where start >= 0
            select (resource[(start + ResourceFolder.Length)..], Read(assembly, resource)));
    }

    /// <exception cref="InvalidOperationException">Two have the same number.</exception>
    public static IReadOnlyList<SchemaFile> InOrder(IEnumerable<(string FileName, string Sql)> files)
    {
        var ordered = files
            .OrderBy(file => file.FileName, StringComparer.Ordinal)
            .Select(file => new SchemaFile(int.Parse(file.FileName[..3]), file.FileName[4..^".sql".Length], file.Sql))
            .ToList();
        // Only the first would ever run.
        foreach (var (one, next) in ordered.Zip(ordered.Skip(1)))
        {
            if (one.Number == next.Number)
            {
                throw new InvalidOperationException(
                    $"Two files of the durable schema have the number {one.Number:000}: '{one.Name}' and "
                    + $"'{next.Name}'. Give the newer one the next free number.");
            }
        }
        return ordered;
    }

    static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
