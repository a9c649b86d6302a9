using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Puts values in the places of variables: <c>{{name}}</c>. How large the text gets is known before anything is put
/// together.
/// </summary>
internal sealed partial class VariableFilling
{
    /// <summary>Places in all texts: the answer tells of each where it is.</summary>
    public const int PlacesMax = 50_000;

    /// <summary>The most different names, and problems, that are told.</summary>
    private const int ToldMax = 100;

    private readonly Dictionary<string, string> values = [];
    private readonly Dictionary<string, string> errors = [];
    private readonly ILookup<string, Variable> declared;

    public VariableFilling(
        IReadOnlyList<CompositionPart> parts, IReadOnlyDictionary<string, JsonNode> given, int bytesMax,
        CancellationToken cancellation)
    {
        declared = parts.SelectMany(part => part.Variables).ToLookup(variable => variable.Name);
        var (places, bytes) = Count(parts, cancellation);
        foreach (var name in places.Keys.TakeWhile(_ => errors.Count < ToldMax))
            Take(name, given.GetValueOrDefault(name));
        foreach (var (name, value) in given.TakeWhile(_ => errors.Count < ToldMax))
            Check(name, value, places);
        if (errors.Count == 0)
            CheckSize(places, bytes, bytesMax);
    }

    /// <summary>What was expected, by the names of variables: <c>variables.name</c>.</summary>
    public IReadOnlyDictionary<string, string> Errors => errors;

    /// <summary>The names in a text's places, each once, in their order.</summary>
    public static IEnumerable<string> PlacesOf(string text)
    {
        var known = new HashSet<string>();
        for (var at = 0; Next(text, ref at) is { } name;)
            if (known.Add(name))
                yield return name;
    }

    public static int CountPlaces(string text) => Place().Count(text);

    public FilledPart Fill(CompositionPart part, CancellationToken cancellation)
    {
        var (text, spans, from) = (new StringBuilder(), new List<CompositionSpan>(), 0);
        foreach (var place in Place().EnumerateMatches(part.Text))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = NameIn(part.Text.AsSpan(place.Index, place.Length));
            Add(part.Text.AsSpan(from..place.Index), null);
            Add(values[name], name);
            from = place.Index + place.Length;
        }
        Add(part.Text.AsSpan(from..), null);
        return new(part, $"{text}", spans, Tokens: 0, IsShortened: false);

        void Add(ReadOnlySpan<char> added, string? variable)
        {
            if (added.Length == 0)
                return;
            spans.Add(new(text.Length, text.Length + added.Length, part.Id, variable));
            text.Append(added);
        }
    }

    // How often each variable stands in the texts, and the bytes of what stands between them.
    private static (Dictionary<string, int> Places, long Bytes) Count(
        IReadOnlyList<CompositionPart> parts, CancellationToken cancellation)
    {
        var (places, bytes) = (new Dictionary<string, int>(), 0L);
        var names = places.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var part in parts)
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += Encoding.UTF8.GetByteCount(part.Text) + Composer.Separator.Length;
            foreach (var place in Place().EnumerateMatches(part.Text))
            {
                var braced = part.Text.AsSpan(place.Index, place.Length);
                var name = braced[2..^2].Trim();
                names[name] = names.TryGetValue(name, out var count) ? count + 1 : 1;
                bytes -= Encoding.UTF8.GetByteCount(braced);
            }
        }
        return (places, bytes);
    }

    private void Take(string name, JsonNode? given)
    {
        var variables = declared[name].ToList();
        var value = given ?? variables.Select(variable => variable.Default).FirstOrDefault(other => other is not null);
        if (value is not null)
            values[name] = value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString();
        else if (variables.Count > 0 && variables.All(variable => !variable.Required))
            values[name] = "";
        else
            errors[$"variables.{name}"] = "required: expected " + (variables.Count > 0
                ? $"a value of the type {VariableValue.NameOf(variables[0].Type)}" : "a value");
    }

    private void Check(string name, JsonNode value, Dictionary<string, int> places)
    {
        if (!places.ContainsKey(name) && !declared.Contains(name))
        {
            var known = places.Keys.Concat(declared.Select(variable => variable.Key)).Distinct().Take(ToldMax).ToList();
            errors[$"variables.{name}"] = known.Count == 0
                ? "unknown: no text has a place for a variable"
                : $"unknown; known are {string.Join(", ", known)}";
        }
        else if (declared[name].Select(variable => VariableValue.Problem(variable, value))
                .FirstOrDefault(problem => problem is not null) is { } problem)
        {
            errors[$"variables.{name}"] = problem;
        }
    }

    private void CheckSize(Dictionary<string, int> places, long bytes, int bytesMax)
    {
        var sizes = places.ToDictionary(
            place => place.Key, place => (long)place.Value * Encoding.UTF8.GetByteCount(values[place.Key]));
        var total = bytes + sizes.Values.Sum();
        if (total > bytesMax && places.Count > 0)
        {
            var (name, size) = sizes.MaxBy(one => one.Value);
            errors[$"variables.{name}"] = $"expected a shorter value: in its {places[name]:N0} places it takes "
                + $"{size:N0} bytes, and the text would have {total:N0} of at most {bytesMax:N0}";
        }
        else if (places.Values.Sum() > PlacesMax)
        {
            var (name, count) = places.MaxBy(one => one.Value);
            errors[$"variables.{name}"] =
                $"expected at most {PlacesMax:N0} places of variables; this one has {count:N0}";
        }
    }

    private static string? Next(string text, ref int at)
    {
        foreach (var place in Place().EnumerateMatches(text, at))
        {
            at = place.Index + place.Length;
            return NameIn(text.AsSpan(place.Index, place.Length));
        }
        return null;
    }

    // What matches is a name between braces, perhaps with spaces around it.
    private static string NameIn(ReadOnlySpan<char> place) => $"{place[2..^2].Trim()}";

    [GeneratedRegex(@"\{\{\s{0,4}(?<name>[A-Za-z_][\w.\-]{0,63})\s{0,4}\}\}")]
    private static partial Regex Place();
}
