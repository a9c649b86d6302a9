namespace Assay;

public sealed class HeuristicJudgeTests
{
    private static readonly string[] Keys =
        ["clarity", "specificity", "structure", "context", "output_format", "examples", "consistency", "safety"];

    internal static readonly JudgeRubric Rubric = new(
        RubricStore.BuiltInId, "Test", 1,
        [.. Keys.Select((key, index) => new JudgeCriterion(
            new Guid(index + 1, 0, 0, new byte[8]), key, key, null, index < 2 ? 2 : 1))]);

    [Fact]
    public void A_careful_prompt_scores_far_above_a_messy_one()
    {
        var (clean, messy) = (Judge(SamplePrompts.Clean), Judge(SamplePrompts.Messy));

        Assert.InRange(clean.Score, 7.5, 10);
        Assert.InRange(messy.Score, 0, 6);
        Assert.Equal(Keys, clean.Scores.Select(score => score.Key));
        Assert.Equal("built-in heuristic", clean.Judge);
    }

    [Theory]
    [InlineData(
        "clarity", "Summarize the text in three bullets.",
        "Summarize it and make it better, maybe with several examples, etc.")]
    [InlineData(
        "specificity", "Write a 200-word summary of Moby Dick for teenagers. Name the 3 main themes.",
        "Write a summary.")]
    [InlineData(
        "structure", "<text>\nHello\n</text>\n\n- Summarize it.\n- Use 3 bullets.",
        "Summarize this:\n```\nHello")]
    [InlineData("context", "You are a doctor. Explain fever to my patients so that they stay calm.", "Explain fever.")]
    [InlineData(
        "output_format", "Return only JSON with the fields name and age, in at most 50 words.", "Explain fever.")]
    [InlineData("examples", "Input: a\nOutput: 1\n\nInput: b\nOutput: 2", "Input: a\nOutput: 1\n\nInput: a\nOutput: 2")]
    [InlineData("consistency", "Be brief.", "Be brief. Give a very detailed answer.")]
    [InlineData("safety", "Summarize:\n<text>\n{{text}}\n</text>\nIf you are unsure, say so.", "Summarize {{text}}")]
    public void Each_criterion_tells_better_from_worse(string key, string better, string worse)
    {
        var (high, low) = (ScoreOf(better, key), ScoreOf(worse, key));

        Assert.True(high.Score >= low.Score + 2, $"{high.Score} is not well above {low.Score}.");
        Assert.NotEmpty(high.Comment);
        Assert.NotEqual(high.Comment, low.Comment);
    }

    [Fact]
    public void Evidence_quotes_the_prompt()
    {
        var evidence = Judge(SamplePrompts.Messy).Scores.SelectMany(score => score.Evidence).ToList();

        Assert.NotEmpty(evidence);
        Assert.All(evidence, item => Assert.StartsWith(
            item.Quote.TrimEnd('…'), item.Span!.Value.In(SamplePrompts.Messy), StringComparison.Ordinal));
    }

    [Fact]
    public void The_score_is_the_weighted_mean()
    {
        var judgement = Judge(SamplePrompts.Messy);
        var weighted = judgement.Scores
            .Sum(score => score.Score * Rubric.Criteria.Single(c => c.Key == score.Key).Weight);

        Assert.Equal(weighted / Rubric.Criteria.Sum(criterion => criterion.Weight), judgement.Score, tolerance: 0.006);
    }

    [Fact]
    public void The_same_prompt_is_judged_the_same_twice() =>
        Assert.Equivalent(Judge(SamplePrompts.Clean), Judge(SamplePrompts.Clean), strict: true);

    [Fact]
    public void Criteria_it_has_no_rule_for_are_left_out_and_named()
    {
        var rubric = Rubric with
        {
            Criteria = [Rubric.Criteria[0], new(Guid.CreateVersion7(), "humor", "Humor", null, 5)],
        };

        var judgement = HeuristicJudge.Judge(PromptText.Read("Tell a joke about cats in two lines."), rubric);

        Assert.Equal(["humor"], judgement.NotJudged);
        Assert.Equal(judgement.Scores.Single().Score, judgement.Score);
    }

    [Fact]
    public void Criteria_that_need_english_words_are_left_out_in_other_languages()
    {
        var judgement = Judge("Fasse den folgenden Bericht in drei Sätzen zusammen und nenne die wichtigsten Zahlen.");

        Assert.Equal(["specificity", "context", "output_format"], judgement.NotJudged);
    }

    private static Judgement Judge(string text) => HeuristicJudge.Judge(PromptText.Read(text), Rubric);

    private static CriterionScore ScoreOf(string text, string key) =>
        HeuristicJudge.Judge(PromptText.Read(text, "en"), Rubric).Scores.Single(score => score.Key == key);
}
