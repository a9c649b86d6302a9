using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Puts components into a framework's template. A paragraph whose places are all left empty is left out, so that no
/// label stands without a text. What is put in is text: places in it are none.
/// </summary>
public static partial class FrameworkTemplate
{
    /// <summary>Characters of one component.</summary>
    public const int ValueMax = 100_000;

    /// <summary>The keys of a template's places, each once.</summary>
    public static IReadOnlyList<string> Places(string template) =>
        [.. Place().Matches(template).Select(KeyOf).Distinct()];

    /// <summary>What was expected of each value that is missing, unknown or too long, by the component's key.</summary>
    public static IReadOnlyDictionary<string, string> Faults(
        IReadOnlyList<FrameworkComponent> components, IReadOnlyDictionary<string, string> values)
    {
        var faults = new Dictionary<string, string>();
        var known = components.Select(component => component.Key).ToHashSet();
        var unknown = $"unknown component; known are {string.Join(", ", known)}";
        foreach (var (key, value) in values)
            if (!known.Contains(key))
                faults[key] = unknown;
            else if (value.Length > ValueMax)
                faults[key] = $"expected at most {ValueMax:N0} characters";
        foreach (var component in components.Where(component => component.Required))
            if (string.IsNullOrWhiteSpace(values.GetValueOrDefault(component.Key)))
                faults[component.Key] = $"required: {component.Guidance}";
        return faults;
    }

    /// <summary>Null when the text would be longer than <see cref="EntityLimits.TextMax"/>.</summary>
    public static RenderedFramework? Render(
        string template, IReadOnlyDictionary<string, string> given, CancellationToken cancellation)
    {
        var values = given.ToDictionary(value => value.Key, value => value.Value.Trim());
        var paragraphs = template.ReplaceLineEndings("\n").Split("\n\n")
            .Where(paragraph => !IsLeftOut(paragraph, values))
            .ToList();
        var places = paragraphs.SelectMany(paragraph => Place().Matches(paragraph));
        if (template.Length + places.Sum(place => (long)Value(place, values).Length) > EntityLimits.TextMax)
            return null;

        var (text, spans) = (new StringBuilder(), new List<ComponentSpan>());
        foreach (var paragraph in paragraphs)
        {
            if (text.Length > 0)
                text.Append("\n\n");
            Append(text, spans, paragraph, values);
        }
        var rendered = text.ToString();
        return new(rendered, Tokenizer.Get(TokenEncoding.O200k).Count(rendered, cancellation), spans);
    }

    private static void Append(
        StringBuilder text, List<ComponentSpan> spans, string paragraph, IReadOnlyDictionary<string, string> values)
    {
        var end = 0;
        foreach (Match place in Place().Matches(paragraph))
        {
            text.Append(paragraph, end, place.Index - end);
            var start = text.Length;
            text.Append(Value(place, values));
            if (text.Length > start)
                spans.Add(new(KeyOf(place), start, text.Length));
            end = place.Index + place.Length;
        }
        text.Append(paragraph, end, paragraph.Length - end);
    }

    private static bool IsLeftOut(string paragraph, IReadOnlyDictionary<string, string> values) =>
        Place().Matches(paragraph) is { Count: > 0 } places && places.All(place => Value(place, values).Length == 0);

    private static string Value(Match place, IReadOnlyDictionary<string, string> values) =>
        values.GetValueOrDefault(KeyOf(place)) ?? "";

    private static string KeyOf(Match place) => place.Groups[1].Value;

    [GeneratedRegex(@"\{\{[ \t]{0,4}([A-Za-z]\w{0,49})[ \t]{0,4}\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}

/// <summary>A framework with its components filled in.</summary>
/// <param name="Tokens">By the encoding o200k.</param>
/// <param name="Spans">Where in the text each component stands, in the text's order; empty ones stand nowhere.</param>
public sealed record RenderedFramework(string Text, int Tokens, IReadOnlyList<ComponentSpan> Spans)
{
    public static RenderedFramework Example =>
        new("Task: Sort the tickets\n\nGoal: ...", 9, [new("task", 6, 22), new("goal", 30, 33)]);
}

/// <summary>A half-open range of UTF-16 code units.</summary>
public sealed record ComponentSpan(string Component, int Start, int End);
