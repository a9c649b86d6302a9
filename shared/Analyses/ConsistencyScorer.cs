namespace Assay;

/// <summary>
/// 10, less 3 for each contradiction, 2 for an undefined variable, 1 for a repetition or an unused variable.
/// </summary>
internal static class ConsistencyScorer
{
    public static Verdict Score(JudgedPrompt judged)
    {
        var undefined = judged.Of("undefined-variable");
        var repeated = judged.Of("duplicated-instruction", "unused-variable");
        var score = 10 - 3.0 * judged.Contradictions.Count - 2 * undefined.Count - repeated.Count;
        var evidence = judged.Contradictions
            .SelectMany(pair => new JudgeEvidence[]
            {
                new(pair.First, pair.FirstQuote), new(pair.Second, pair.SecondQuote),
            })
            .Concat(JudgedPrompt.Quote(undefined.Concat(repeated)))
            .Take(JudgedPrompt.EvidenceMax);
        var comment = judged.Contradictions.Count > 0 ? $"{judged.Contradictions.Count} pairs of instructions conflict."
            : undefined.Count + repeated.Count > 0 ? "Nothing conflicts, but variables or instructions do not match up."
            : "No instruction conflicts with another.";
        return new(score, comment, [.. evidence]);
    }
}
