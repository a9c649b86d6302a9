using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay.Local;

/// <summary>A literal, or the name of a value.</summary>
internal readonly record struct PathPart(string Text, bool IsName);

/// <summary>
/// A path to which names in braces give parts: values of the trigger, <c>{rand-guid}</c> or <c>{datetime}</c>.
/// Doubled braces are braces.
/// </summary>
internal sealed partial class PathTemplate(string container, string text, List<PathPart> parts)
{
    public string Text => text;

    public static PathTemplate Read(string path)
    {
        var (container, rest) = Split(path);
        RequireContainerName(container, path);
        return new PathTemplate(container, path, Parse(rest));
    }

    /// <summary>The container and the blob's name for one invocation.</summary>
    public (string Container, string Name) Fill(IReadOnlyDictionary<string, object?> values, DateTimeOffset now)
    {
        var name = new StringBuilder();
        foreach (var part in parts)
            name.Append(part.IsName ? Value(part.Text, values, now) : part.Text);
        return (container, name.ToString());
    }

    public static (string Container, string Path) Split(string path)
    {
        var trimmed = path.TrimStart('/');
        var slash = trimmed.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (trimmed, "") : (trimmed[..slash], trimmed[(slash + 1)..]);
    }

    public static void RequireContainerName(string container, string path)
    {
        if (container is not ("$root" or "$web" or "$logs") && !ContainerName().IsMatch(container))
            throw new FunctionLoadException(
                $"Invalid blob path '{path}': a container's name is 3 to 63 lower case letters, digits and "
                + "single hyphens.");
    }

    public static List<PathPart> Parse(string text)
    {
        var parts = new List<PathPart>();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '{' or '}' && i + 1 < text.Length && text[i + 1] == text[i])
            {
                literal.Append(text[i++]);
                continue;
            }

            if (text[i] == '}')
                throw new FunctionLoadException($"Invalid blob path '{text}': a '}}' without its '{{'.");
            if (text[i] != '{')
            {
                literal.Append(text[i]);
                continue;
            }

            var end = text.IndexOf('}', i);
            if (end <= i + 1)
                throw new FunctionLoadException($"Invalid blob path '{text}': a '{{' without a name and '}}'.");
            AddLiteral(parts, literal);
            parts.Add(new PathPart(text[(i + 1)..end], IsName: true));
            i = end;
        }

        AddLiteral(parts, literal);
        return parts;
    }

    private static void AddLiteral(List<PathPart> parts, StringBuilder literal)
    {
        if (literal.Length > 0)
            parts.Add(new PathPart(literal.ToString(), IsName: false));
        literal.Clear();
    }

    private static string Value(string name, IReadOnlyDictionary<string, object?> values, DateTimeOffset now)
    {
        if (values.TryGetValue(name, out var value) && value is not null)
            return Convert.ToString(value, CultureInfo.InvariantCulture)!;
        return name.ToLowerInvariant() switch
        {
            "rand-guid" or "sys.randguid" => Guid.NewGuid().ToString(),
            "datetime" or "sys.utcnow" => now.ToString("yyyy-MM-ddTHH-mm-ssK", CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException($"No value for named parameter '{name}'."),
        };
    }

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex ContainerName();
}
