using System.Collections.Frozen;

namespace Assay;

/// <summary>
/// Judges without a model, by what the rules and counts of this folder see. Deterministic: one text, one score.
/// Criteria it has no rule for, and those that need English words in other languages, it leaves out and says so.
/// </summary>
internal sealed class HeuristicJudge : IPromptJudge
{
    public const string Name = "built-in heuristic";

    private static readonly FrozenDictionary<string, Func<JudgedPrompt, Verdict?>> Scorers =
        new Dictionary<string, Func<JudgedPrompt, Verdict?>>
        {
            ["clarity"] = ClarityScorer.Score,
            ["specificity"] = SpecificityScorer.Score,
            ["structure"] = StructureScorer.Score,
            ["context"] = ContextScorer.Score,
            ["output_format"] = OutputFormatScorer.Score,
            ["examples"] = ExamplesScorer.Score,
            ["consistency"] = ConsistencyScorer.Score,
            ["safety"] = SafetyScorer.Score,
        }.ToFrozenDictionary();

    public Task<Judgement> JudgeAsync(PromptText prompt, JudgeRubric rubric, CancellationToken cancellation) =>
        Task.FromResult(Judge(prompt, rubric));

    public static Judgement Judge(PromptText prompt, JudgeRubric rubric)
    {
        var judged = new JudgedPrompt(prompt, prompt.Lint.Findings, prompt.Contradictions.Contradictions);
        var checks = new TimedChecks(prompt.Patience);
        var scores = new List<CriterionScore>();
        foreach (var criterion in rubric.Criteria)
        {
            if (Scorers.GetValueOrDefault(criterion.Key) is { } scorer
                && checks.Run(criterion.Key, () => scorer(judged)) is { } verdict)
                scores.Add(new(
                    criterion.Id, criterion.Key, Math.Round(Math.Clamp(verdict.Score, 0, 10), 1), verdict.Comment,
                    verdict.Evidence));
        }

        return Judgement.Of(Name, rubric, scores);
    }
}
