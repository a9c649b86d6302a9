namespace Assay;

/// <param name="Characters">UTF-16 code units, the unit of every span.</param>
/// <param name="Tokens">Of o200k_base.</param>
/// <param name="ReadingEase">0–100 for ordinary text, higher is easier; null where the language has no formula.</param>
/// <param name="GradeLevel">Years of schooling; English only.</param>
/// <param name="Complexity">0–10, see <see cref="Complexity"/>.</param>
/// <param name="LexicalDiversity">Share of different words, averaged over windows of 50 words; 0–1.</param>
public sealed record PromptMetrics(
    int Characters,
    int CodePoints,
    int Words,
    int Sentences,
    int Tokens,
    double WordsPerSentence,
    double? ReadingEase,
    double? GradeLevel,
    double Complexity,
    double LexicalDiversity,
    int Constraints,
    int Nesting,
    int Variables)
{
    internal static PromptMetrics Measure(PromptText prompt, int tokens)
    {
        var words = Assay.Words.In(prompt.Text);
        var sentences = Math.Max(prompt.Sentences.Count, words.Count > 0 ? 1 : 0);
        var diversity = Assay.LexicalDiversity.Of(prompt.Text, words);
        var complexity = ComplexityInputs.Of(prompt, words.Count, diversity);
        var readability = Readability.Of(prompt);
        return new(
            prompt.Text.Length,
            prompt.Text.Length - prompt.Text.AsSpan().Count(char.IsLowSurrogate),
            words.Count,
            sentences,
            tokens,
            Math.Round(complexity.WordsPerSentence, 2),
            readability?.Ease,
            readability?.Grade,
            complexity.Score,
            diversity,
            complexity.Constraints,
            complexity.Nesting,
            complexity.Variables);
    }
}
