namespace Assay;

/// <summary>
/// Gives again what a judge said of the same prompt by the same rubric. It judges at temperature 0: another answer
/// would be an accident, and costs as much.
/// </summary>
/// <param name="find">Where the model is: one name may be another model elsewhere.</param>
internal sealed class CachedJudge(
    IPromptJudge judge, Func<CancellationToken, Task<string?>> find, string model, AnswerCache cache) : IPromptJudge
{
    public async Task<Judgement> JudgeAsync(PromptText prompt, JudgeRubric rubric, CancellationToken cancellation)
    {
        var endpoint = await find(cancellation);
        return await cache.GetOrComputeAsync(
            CacheKind.Prediction,
            CacheKey.Of("judgement", endpoint, model, rubric, prompt.Text, typeof(CachedJudge).Module.ModuleVersionId),
            token => judge.JudgeAsync(prompt, rubric, token),
            cancellation);
    }
}
