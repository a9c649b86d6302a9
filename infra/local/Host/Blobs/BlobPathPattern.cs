using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay.Local;

/// <summary>
/// A blob path with names in braces, such as <c>inbox/{organization}/{name}</c> or <c>notes/{name}.md</c>. A name
/// stands for characters other than a slash, except that the first name of the last segment takes slashes too.
/// </summary>
internal sealed class BlobPathPattern
{
    private readonly Regex regex;
    private readonly string[] names;

    private BlobPathPattern(string text, string container, List<PathPart> parts)
    {
        Text = text;
        Container = container;
        Prefix = parts is [{ IsName: false } literal, ..] ? literal.Text : "";
        names = [.. parts.Where(part => part.IsName).Select(part => part.Text)];
        regex = new Regex(Expression(parts), RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    public string Text { get; }

    public string Container { get; }

    /// <summary>What every matching blob's name begins with.</summary>
    public string Prefix { get; }

    /// <exception cref="FunctionLoadException">It is no pattern of a blob trigger.</exception>
    public static BlobPathPattern Parse(string path)
    {
        var (container, rest) = PathTemplate.Split(path);
        if (container.Contains('{', StringComparison.Ordinal))
            throw new FunctionLoadException(
                $"Invalid blob trigger path '{path}': a container cannot have a parameter.");
        PathTemplate.RequireContainerName(container, path);
        var parts = PathTemplate.Parse(rest.Length == 0 ? "{blobName}" : rest);
        var repeated = parts.Where(part => part.IsName)
            .GroupBy(part => part.Text, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null)
            throw new FunctionLoadException($"Invalid blob trigger path '{path}': '{repeated.Key}' is there twice.");
        return new BlobPathPattern(path, container, parts);
    }

    /// <summary>The values of the names if a blob's name matches. Case matters, as in blob names.</summary>
    public bool TryMatch(string blobName, [NotNullWhen(true)] out Dictionary<string, object?>? values)
    {
        values = null;
        if (regex.Match(blobName) is not { Success: true } match)
            return false;

        values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < names.Length; i++)
            values[names[i]] = match.Groups[i + 1].Value;
        return true;
    }

    private static string Expression(List<PathPart> parts)
    {
        var lastSlash = parts.FindLastIndex(part => !part.IsName && part.Text.Contains('/', StringComparison.Ordinal));
        var greedy = parts.FindIndex(lastSlash + 1, part => part.IsName);
        var expression = new StringBuilder("^");
        for (var i = 0; i < parts.Count; i++)
            expression.Append(!parts[i].IsName ? Regex.Escape(parts[i].Text) : i == greedy ? "(.+)" : "([^/]+)");
        return expression.Append('$').ToString();
    }
}
