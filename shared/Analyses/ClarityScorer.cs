namespace Assay;

/// <summary>
/// 10 less what leaves a sentence open to readings: 2 for a reference or a goal that nothing explains and for text
/// left to fill in, 1 for a vague quantifier or an overlong sentence, 0.5 for a weak or loud wording. At most 4
/// without any instruction.
/// </summary>
internal static class ClarityScorer
{
    public static Verdict Score(JudgedPrompt judged)
    {
        var grave = judged.Of("ambiguous-reference", "vague-goal", "leftover-placeholder", "unclosed-delimiter");
        var vague = judged.Of("vague-quantifier", "overlong-sentence");
        var weak = judged.Of("weak-modality", "open-enumeration", "shouting");
        var score = 10 - 2.0 * grave.Count - vague.Count - 0.5 * weak.Count;
        if (judged.Prompt.IsEnglish && judged.Prompt.Instructions.Count == 0)
            return new(Math.Min(score, 4), "No instruction was found: nothing says what to do.", []);

        var found = grave.Concat(vague).Concat(weak).ToList();
        return found.Count == 0
            ? new(score, "Nothing was found that has two readings.", [])
            : new(score, $"{found.Count} places can be read in more than one way.", JudgedPrompt.Quote(found));
    }
}
