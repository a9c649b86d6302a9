namespace Assay;

/// <summary>A way to get better answers from a model, the same for every organization.</summary>
/// <param name="Key">Such as <c>few-shot</c>.</param>
/// <param name="Template">
/// A prompt that uses it. What is asked goes to <c>{{input}}</c>; other places are named.
/// </param>
/// <param name="Intents">The keys of the intents that it suits.</param>
public sealed record Technique(
    string Key,
    string Title,
    string Description,
    string WhenToUse,
    string Template,
    TechniqueReference Reference,
    IReadOnlyList<string> Intents)
{
    public static Technique Example => new(
        "zero-shot", "Zero-shot", "States the task and nothing else: no examples, no reasoning to imitate.",
        "First, always: what a plain instruction achieves is what other techniques have to beat.",
        "{{input}}\n\nAnswer directly.",
        new("Finetuned Language Models Are Zero-Shot Learners", "Wei et al.", 2021, "https://arxiv.org/abs/2109.01652"),
        ["answer", "classify"]);
}

/// <summary>Where a technique was described first, or best.</summary>
public sealed record TechniqueReference(string Title, string Authors, int Year, string Url);
