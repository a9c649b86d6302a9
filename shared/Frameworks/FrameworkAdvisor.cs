using System.Globalization;

namespace Assay;

/// <summary>
/// Ranks frameworks for a text: 60 % by how probable the intents are that a framework suits, 40 % by how many of its
/// components the text speaks of already.
/// </summary>
public static class FrameworkAdvisor
{
    private const double IntentShare = 0.6;

    /// <summary>Intents below this confidence are no reason.</summary>
    private const double ConfidenceMin = 0.1;

    /// <summary>Characters at the beginning of a text in which components are looked for.</summary>
    private const int ReadMax = 20_000;

    /// <summary>Best first; those that nothing tells apart stay in their order.</summary>
    public static IReadOnlyList<FrameworkSuggestion> Rank(
        IEnumerable<Framework> frameworks, IReadOnlyList<RankedIntent> intents, string text,
        CancellationToken cancellation)
    {
        var read = text[..Math.Min(text.Length, ReadMax)];
        return
        [
            .. frameworks.Select(framework => Judge(framework, intents, read, cancellation))
                .OrderByDescending(one => one.Score),
        ];
    }

    private static FrameworkSuggestion Judge(
        Framework framework, IReadOnlyList<RankedIntent> intents, string text, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var suited = intents.Where(intent => framework.Intents.Contains(intent.Intent)).ToList();
        var told = framework.Components
            .Select(component => (Component: component, Span: Phrases.Find(text, component.Signals ?? [])))
            .Where(one => one.Span is not null)
            .Select(one => (one.Component, Span: one.Span!.Value))
            .ToList();
        var score = IntentShare * suited.Sum(intent => intent.Confidence)
            + (1 - IntentShare) * told.Count / framework.Components.Count;
        return new(
            framework.Name, framework.Title, Math.Round(Math.Min(score, 1), 3),
            Reason([.. suited.Where(intent => intent.Confidence >= ConfidenceMin)], told, text),
            [.. told.Select(one => new ComponentSpan(one.Component.Key, one.Span.Start, one.Span.End))],
            [
                .. framework.Components.Where(component => component.Required).Except(told.Select(one => one.Component))
                    .Select(component => component.Key),
            ]);
    }

    private static string Reason(
        IReadOnlyList<RankedIntent> suited, IReadOnlyList<(FrameworkComponent Component, TextSpan Span)> told,
        string text)
    {
        var reasons = suited.Select(intent => string.Create(
                CultureInfo.InvariantCulture,
                $"it suits {intent.Intent} ({intent.Confidence:0.00}{Quoted(intent.Because)})"))
            .Concat(told.Select(one => $"“{one.Span.In(text)}” tells the {one.Component.Title}"))
            .ToList();
        return reasons.Count > 0 ? Sentence(string.Join("; ", reasons)) : "Nothing in the text speaks for it.";
    }

    private static string Quoted(IReadOnlyList<string> pieces) =>
        pieces.Count > 0 ? $", by “{string.Join("”, “", pieces)}”" : "";

    private static string Sentence(string clause) => $"{char.ToUpperInvariant(clause[0])}{clause[1..]}.";
}

/// <summary>How well a framework suits a text.</summary>
/// <param name="Score">0–1.</param>
/// <param name="Reason">Names what in the text led to it.</param>
/// <param name="Told">Where the text speaks of components, one place for each.</param>
/// <param name="Missing">The required components that it says nothing of.</param>
public sealed record FrameworkSuggestion(
    string Framework,
    string Title,
    double Score,
    string Reason,
    IReadOnlyList<ComponentSpan> Told,
    IReadOnlyList<string> Missing)
{
    public static FrameworkSuggestion Example => new(
        "ape", "A.P.E", 0.825,
        "It suits summarize (0.93, by “Summarize”); “Summarize” tells the Action; “bullet points” tells the "
            + "Expectation.",
        [new("action", 0, 9), new("expectation", 38, 51)], ["purpose"]);
}
