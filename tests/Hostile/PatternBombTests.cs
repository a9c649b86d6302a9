using System.Reflection;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Every pattern of the analysis on texts made of the words and marks of the pattern itself.</summary>
public sealed partial class PatternBombTests
{
    private const int Size = 8 * 1024;

    private static readonly Dictionary<string, Regex> Patterns = typeof(PromptText).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
        .Where(method => method.ReturnType == typeof(Regex) && method.GetParameters().Length == 0
            && method.GetCustomAttribute<GeneratedRegexAttribute>() is not null)
        .ToDictionary(
            method => $"{method.DeclaringType!.Name}.{method.Name}", method => (Regex)method.Invoke(null, null)!);

    public static TheoryData<string> Names => [.. Patterns.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pattern_takes_time_in_proportion_to_a_text_of_its_own_parts(string name)
    {
        var pattern = Patterns[name];
        foreach (var unit in UnitsOf(pattern.ToString()))
            Growth.IsLinear(Size, size => Shapes.Repeat(unit, size) + "\u0001", text => pattern.Count(text));
    }

    [Fact]
    public void There_are_patterns_of_every_kind() =>
        Assert.True(Patterns.Count > 40, $"Only {Patterns.Count} patterns were found.");

    /// <summary>Its words and marks, in its order and by twos, with blanks and without.</summary>
    private static IReadOnlyList<string> UnitsOf(string pattern)
    {
        var parts = Part().Matches(Syntax().Replace(pattern, " ")).Select(match => match.Value).Distinct().ToList();
        if (parts.Count == 0)
            return ["a ", "a", " ", "."];

        return
        [
            .. new[]
            {
                $"{parts[0]} ", parts[0], $"{string.Join(' ', parts)} ", string.Concat(parts),
                $"{parts[0]} the {parts[^1]} ", $"{parts[^1]} ", $"{parts[0]} {parts[parts.Count / 2]}",
                $"{parts[0]}\n", $"{parts[0]}-", $"{parts[0]}'a-", "and ", "a, ", "a-", "a'", "a ",
                "a", "\t ", "'", "{{a", "<a ", "[a](", "**a",
            }.Distinct(),
        ];
    }

    [GeneratedRegex(@"\\[a-zA-Z]|\?<\w+>|\?[:=!]|\?<[=!]|\{\d+(?:,\d*)?\}|\[[^\]]*\]")]
    private static partial Regex Syntax();

    [GeneratedRegex(@"[A-Za-z]{2,}|\\[^a-zA-Z]|[<>`""“«]+")]
    private static partial Regex Part();
}
