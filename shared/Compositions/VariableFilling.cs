using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Puts values in the places of variables: <c>{{name}}</c>.</summary>
internal sealed partial class VariableFilling
{
    private readonly Dictionary<string, string> values = [];
    private readonly Dictionary<string, string> errors = [];

    public VariableFilling(IReadOnlyList<CompositionPart> parts, IReadOnlyDictionary<string, JsonNode> given)
    {
        var declared = parts.SelectMany(part => part.Variables).ToLookup(variable => variable.Name);
        var used = parts.SelectMany(part => PlacesOf(part.Text)).Distinct().ToList();
        foreach (var name in used)
            Take(name, [.. declared[name]], given.GetValueOrDefault(name));

        var known = used.Concat(declared.Select(variable => variable.Key)).Distinct().ToList();
        foreach (var (name, value) in given)
            if (!known.Contains(name))
                errors[$"variables.{name}"] = known.Count == 0
                    ? "unknown: no text has a place for a variable"
                    : $"unknown; known are {string.Join(", ", known)}";
            else if (declared[name].Select(variable => VariableValue.Problem(variable, value))
                    .FirstOrDefault(problem => problem is not null) is { } problem)
                errors[$"variables.{name}"] = problem;
    }

    /// <summary>What was expected, by the names of variables: <c>variables.name</c>.</summary>
    public IReadOnlyDictionary<string, string> Errors => errors;

    public static IReadOnlyList<string> PlacesOf(string text) =>
        [.. Place().Matches(text).Select(place => place.Groups["name"].Value).Distinct()];

    public FilledPart Fill(CompositionPart part)
    {
        var (text, spans, from) = (new System.Text.StringBuilder(), new List<CompositionSpan>(), 0);
        foreach (Match place in Place().Matches(part.Text))
        {
            Add(part.Text[from..place.Index], null);
            Add(values[place.Groups["name"].Value], place.Groups["name"].Value);
            from = place.Index + place.Length;
        }
        Add(part.Text[from..], null);
        return new(part, $"{text}", spans, Tokens: 0, IsShortened: false);

        void Add(string added, string? variable)
        {
            if (added.Length == 0)
                return;
            spans.Add(new(text.Length, text.Length + added.Length, part.Id, variable));
            text.Append(added);
        }
    }

    private void Take(string name, IReadOnlyList<Variable> declared, JsonNode? given)
    {
        var value = given ?? declared.Select(variable => variable.Default).FirstOrDefault(other => other is not null);
        if (value is not null)
            values[name] = value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString();
        else if (declared.Count > 0 && declared.All(variable => !variable.Required))
            values[name] = "";
        else
            errors[$"variables.{name}"] = "required: expected " + (declared.Count > 0
                ? $"a value of the type {VariableValue.NameOf(declared[0].Type)}" : "a value");
    }

    [GeneratedRegex(@"\{\{\s{0,4}(?<name>[A-Za-z_][\w.\-]{0,63})\s{0,4}\}\}", RegexOptions.None, 1000)]
    private static partial Regex Place();
}

/// <summary>A part with its variables filled.</summary>
/// <param name="Spans">Of <paramref name="Text"/>.</param>
internal sealed record FilledPart(
    CompositionPart Part, string Text, IReadOnlyList<CompositionSpan> Spans, int Tokens, bool IsShortened)
{
    /// <summary>As much of it as a budget of its own allows, with its tokens counted.</summary>
    public FilledPart Within(int? budget, Tokenizer tokenizer)
    {
        var (end, tokens) = (0, 0);
        while (end < Text.Length)
        {
            var piece = tokenizer.PieceAt(Text, end);
            if (tokens + piece.Tokens > budget)
                break;
            (end, tokens) = (piece.End, tokens + piece.Tokens);
        }
        return end == Text.Length
            ? this with { Tokens = tokens }
            : this with
            {
                Text = Text[..end],
                Tokens = tokens,
                IsShortened = true,
                Spans = [.. Spans.Where(span => span.Start < end)
                    .Select(span => span with { End = Math.Min(span.End, end) })],
            };
    }
}
