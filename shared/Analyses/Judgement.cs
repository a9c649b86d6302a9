namespace Assay;

public sealed record JudgeCriterion(Guid Id, string Key, string Title, string? Description, double Weight);

public sealed record JudgeRubric(Guid Id, string Name, int Version, IReadOnlyList<JudgeCriterion> Criteria);

/// <param name="Span">Null when what counts is that something is missing.</param>
public sealed record JudgeEvidence(TextSpan? Span, string Quote);

/// <param name="Score">0–10.</param>
public sealed record CriterionScore(
    Guid CriterionId, string Key, double Score, string Comment, IReadOnlyList<JudgeEvidence> Evidence);

/// <param name="Judge">Who judged: the built-in heuristic, or a model by name.</param>
/// <param name="Score">0–10: the mean of the scores, weighted as the rubric says.</param>
/// <param name="NotJudged">Keys of criteria that this judge cannot score for this prompt.</param>
public sealed record Judgement(
    string Judge, double Score, IReadOnlyList<CriterionScore> Scores, IReadOnlyList<string> NotJudged)
{
    internal static Judgement Of(string judge, JudgeRubric rubric, IReadOnlyList<CriterionScore> scores)
    {
        var weights = rubric.Criteria.ToDictionary(criterion => criterion.Id, criterion => criterion.Weight);
        var total = scores.Sum(score => weights[score.CriterionId]);
        var mean = total > 0 ? scores.Sum(score => score.Score * weights[score.CriterionId]) / total : 0;
        var judged = scores.Select(score => score.Key).ToHashSet();
        return new(
            judge, Math.Round(mean, 2), scores,
            [.. rubric.Criteria.Select(criterion => criterion.Key).Where(key => !judged.Contains(key))]);
    }
}

internal interface IPromptJudge
{
    Task<Judgement> JudgeAsync(PromptText prompt, JudgeRubric rubric, CancellationToken cancellation);
}
