using System.Diagnostics;

namespace Assay;

/// <summary>Large prompts in shapes that would make careless patterns slow.</summary>
public sealed class LargePromptTests
{
    private const int Size = 256 * 1024;

    public static TheoryData<string> Units =>
    [
        "Write a short list of several ideas, be brief but give a detailed answer, and never use {{text}}. ",
        "a",
        "aaaa ",
        "\"",
        "`",
        "{{",
        "<a>",
        "<text>",
        "- Always include the price.\n- Never include the price.\n",
        "```\n",
        "Input: x\nOutput: y\n\n",
        "give me the the the the the the ",
        "BE LOUD AND CLEAR ",
        "at least 5 words, at most 3 words, ",
        "Variables:\n- a: b\n",
        "> \n",
        "<!--",
        "<!-- x -->",
        "“",
        "[",
        "[insert ",
        "<your ",
        "\"\"\"\n",
        "{{text}} ",
        "我们",
        "...",
        "\n",
    ];

    [Theory]
    [MemberData(nameof(Units))]
    public void A_prompt_of_one_thing_over_and_over_is_read_in_linear_time(string unit) =>
        Read(string.Concat(Enumerable.Repeat(unit, Size / unit.Length)));

    public static TheoryData<string> Names => [.. Shapes.Prompts.Keys, .. Shapes.Texts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Four_times_the_prompt_takes_about_four_times_as_long(string shape) =>
        Growth.IsLinear(
            16 * 1024, Shapes.Prompts.GetValueOrDefault(shape) ?? Shapes.Texts[shape], ReadAll);

    [Fact]
    public void Checks_that_there_is_no_time_for_are_named()
    {
        var prompt = PromptText.Read(SamplePrompts.Messy, "en", patience: TimeSpan.Zero);

        Assert.Empty(prompt.Lint.Findings);
        Assert.Equal(Linter.Rules.Select(rule => rule.Id), prompt.Lint.NotChecked);
        Assert.Contains("tone", prompt.Contradictions.NotChecked);
        Assert.Equal(
            HeuristicJudgeTests.Rubric.Criteria.Select(criterion => criterion.Key),
            HeuristicJudge.Judge(prompt, HeuristicJudgeTests.Rubric).NotJudged);
    }

    [Fact]
    public void A_megabyte_of_ordinary_prompt_is_read_in_seconds() =>
        Read(string.Concat(Enumerable.Repeat(SamplePrompts.Clean + "\n\n" + SamplePrompts.Messy, 700)));

    private static void Read(string text)
    {
        var watch = Stopwatch.StartNew();

        ReadAll(text);

        // A quadratic rule takes minutes; the limit leaves room for a busy machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"It took {watch.Elapsed.TotalSeconds:0.0} s.");
    }

    private static void ReadAll(string text)
    {
        var prompt = PromptText.Read(text, "en");
        var findings = Linter.Check(prompt);
        ContradictionFinder.Find(prompt);
        PromptMetrics.Measure(prompt, tokens: 0);
        PromptFormat.Check(text, PromptFormat.Auto);
        HeuristicJudge.Judge(prompt, HeuristicJudgeTests.Rubric);
        PromptFormat.Check(text, PromptFormat.Xml);
        _ = Patch.Apply(text, Patch.Choose(findings));
    }
}
