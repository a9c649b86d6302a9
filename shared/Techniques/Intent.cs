namespace Assay;

/// <summary>What somebody wants of a model, the same for every organization.</summary>
/// <param name="Key">A verb, such as <c>summarize</c>.</param>
/// <param name="Patterns">Regular expressions that its requests match, in any case.</param>
/// <param name="Keywords">Words of its requests; they match by their stems.</param>
/// <param name="Techniques">The keys of the techniques that suit it, the best first.</param>
public sealed record Intent(
    string Key,
    string Title,
    string Description,
    IReadOnlyList<string> Patterns,
    IReadOnlyList<string> Keywords,
    IReadOnlyList<string> Techniques,
    DateTimeOffset UpdatedAt)
{
    public static Intent Example => new(
        "summarize", "Summarize", "What matters in a longer text, in fewer words.", [@"\b(summary|tl;?dr)\b"],
        ["gist", "recap"], ["chain-of-density"], new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero));
}

/// <summary>How probable an intent is.</summary>
/// <param name="Confidence">0–1; those of all intents add up to 1.</param>
/// <param name="Because">What of the text speaks for it, as it stands there; at most five pieces.</param>
public sealed record RankedIntent(string Intent, string Title, double Confidence, IReadOnlyList<string> Because);
