namespace Assay;

/// <summary>
/// 6 without examples, which many tasks do without; 8 to 10 with two to four that agree, 2 when they contradict.
/// </summary>
internal static class ExamplesScorer
{
    public static Verdict Score(JudgedPrompt judged)
    {
        var clashing = judged.Of("contradictory-examples");
        if (clashing.Count > 0)
            return new(2, "Examples contradict each other.", JudgedPrompt.Quote(clashing));

        var examples = judged.Prompt.Examples;
        if (examples.Count == 0)
            return new(6, "There are no examples.", []);

        var evidence = examples.Take(JudgedPrompt.EvidenceMax)
            .Select(example => new JudgeEvidence(example.Span, judged.Prompt.Quote(example.Span)));
        return new(6 + Math.Min(examples.Count, 4), $"{examples.Count} examples agree.", [.. evidence]);
    }
}
