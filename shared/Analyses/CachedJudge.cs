namespace Assay;

/// <summary>
/// Gives again what a judge said of the same prompt by the same rubric. It judges at temperature 0: another answer
/// would be an accident, and costs as much.
/// </summary>
/// <param name="endpoint">Where the model is: one name may be another model elsewhere.</param>
internal sealed class CachedJudge(IPromptJudge judge, string endpoint, string model, AnswerCache cache) : IPromptJudge
{
    public Task<Judgement> JudgeAsync(PromptText prompt, JudgeRubric rubric, CancellationToken cancellation) =>
        cache.GetOrComputeAsync(
            CacheKey.Of("judgement", endpoint, model, rubric, prompt.Text, typeof(CachedJudge).Module.ModuleVersionId),
            token => judge.JudgeAsync(prompt, rubric, token),
            cancellation);
}
