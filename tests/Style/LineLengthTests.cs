namespace Assay;

public sealed class LineLengthTests
{
    private const int Max = 120;

    private static readonly string[] notOurs = ["bin", "obj"];

    [Fact]
    public void Lines_of_code_fit_beside_each_other()
    {
        var root = Repository.PathOf(".");
        var files = new[] { "functions", "shared", "infra", "tests" }
            .SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Intersect(notOurs).Any())
            .ToList();

        Assert.NotEmpty(files);
        Assert.Empty(
            from file in files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > Max
            select $"{Path.GetRelativePath(root, file)}:{line.Index + 1}: {line.Item.Length}");
    }
}
