namespace Assay;

public sealed class AnalysisScoreTests
{
    [Fact]
    public void A_faultless_prompt_scores_ten() => Assert.Equal(10, AnalysisScore.Overall(10, [], 0, null, true));

    [Fact]
    public void Parts_are_weighted_as_documented() =>
        Assert.Equal(
            Math.Round(0.55 * 6 + 0.25 * (10 * Math.Exp(-1.5 / 4)) + 0.20 * 6, 2),
            AnalysisScore.Overall(6, [Of(Severity.Error), Of(Severity.Warning), Of(Severity.Info)], 1, null, true));

    [Fact]
    public void Answers_that_all_differ_pull_the_score_down()
    {
        var unstable = new EntropyResult(Math.Log(5), 5, [1, 1, 1, 1, 1], "m", "e");

        Assert.Equal(Math.Round(10 / 1.2, 2), AnalysisScore.Overall(10, [], 0, unstable, true));
    }

    [Fact]
    public void Broken_xml_caps_the_score() => Assert.Equal(5, AnalysisScore.Overall(10, [], 0, null, false));

    [Fact]
    public void Any_number_of_faults_stays_in_range() =>
        Assert.InRange(
            AnalysisScore.Overall(0, [.. Enumerable.Repeat(Of(Severity.Error), 1000)], 100, null, true), 0, 0.01);

    [Fact]
    public void Questions_ask_what_only_the_author_can_decide()
    {
        var prompt = PromptText.Read(SamplePrompts.Messy);

        var questions = ClarifyingQuestions.For(Linter.Check(prompt), ContradictionFinder.Find(prompt));

        Assert.InRange(questions.Count, 3, ClarifyingQuestions.QuestionsMax);
        Assert.Equal(questions.Count, questions.Select(question => question.Question).Distinct().Count());
        Assert.Contains(questions, question => question.Topic == "length");
        Assert.All(questions, question => Assert.EndsWith("?", question.Question));
    }

    private static Finding Of(Severity severity) => new("rule", severity, new(0, 1), "", "", null);
}
