namespace Assay;

/// <summary>
/// 2 for an instruction, up to 3 for length (full at 60 words), 2 for a limit in numbers, up to 2 for further
/// instructions (full at 4), 1 for a named subject (quotation, placeholder or name); less 1.5 for each unbounded list.
/// English only.
/// </summary>
internal static class SpecificityScorer
{
    public static Verdict? Score(JudgedPrompt judged)
    {
        if (!judged.Prompt.IsEnglish)
            return null;

        var limits = NumberLimits.Read(judged.Prompt).Take(JudgedPrompt.EvidenceMax).ToList();
        var instructions = judged.Prompt.Instructions.Count;
        var unbounded = judged.Of("unbounded-list", "vague-goal");
        var score = (instructions > 0 ? 2 : 0)
            + 3 * Math.Min(1, judged.Words / 60.0)
            + (limits.Count > 0 ? 2 : 0)
            + 2 * Math.Clamp((instructions - 1) / 3.0, 0, 1)
            + (NamesSubject(judged.Prompt) ? 1 : 0)
            - 1.5 * unbounded.Count;

        var evidence = limits.Select(limit => Evidence(judged.Prompt, limit.Demand.Span))
            .Concat(JudgedPrompt.Quote(unbounded));
        var comment = (instructions, limits.Count) switch
        {
            (0, _) => "There is no instruction.",
            (_, 0) => $"{instructions} instructions and no limit in numbers.",
            _ => $"{instructions} instructions and {limits.Count} limits in numbers.",
        };
        return new(score, comment, [.. evidence.Take(JudgedPrompt.EvidenceMax)]);
    }

    private static bool NamesSubject(PromptText prompt) =>
        prompt.Placeholders.Count > 0
        || prompt.Prose.AsSpan().ContainsAny('"', '“')
        || prompt.Text.Length > 0 && !prompt.Text.AsSpan().SequenceEqual(prompt.Prose)
        || prompt.Sentences.Any(sentence => HasName(prompt, sentence.Span));

    /// <summary>A capitalised word that does not open its sentence.</summary>
    private static bool HasName(PromptText prompt, TextSpan sentence)
    {
        for (var position = sentence.Start + 1; position < sentence.End; position++)
        {
            if (char.IsUpper(prompt.Prose[position]) && prompt.Prose[position - 1] == ' ')
                return true;
        }

        return false;
    }

    private static JudgeEvidence Evidence(PromptText prompt, TextSpan span) => new(span, prompt.Quote(span));
}
