namespace Assay;

public sealed class PromptMetricsTests
{
    [Theory]
    [InlineData("Write a well-known poem, don't rhyme.", 6)]
    [InlineData("3.5 apples and 1,000 pears", 5)]
    [InlineData("日本語", 3)]
    [InlineData("コンピューター を使う", 4)]
    [InlineData("안녕하세요 세계", 2)]
    [InlineData("snake_case is one", 3)]
    [InlineData("👍 hi 🙂", 1)]
    [InlineData(" … !", 0)]
    public void Words_are_counted_in_every_script(string text, int expected) =>
        Assert.Equal(expected, Words.In(text).Count);

    [Fact]
    public void Characters_and_code_points_differ_by_the_surrogates()
    {
        var metrics = Measure("a🙂b");

        Assert.Equal((4, 3), (metrics.Characters, metrics.CodePoints));
    }

    [Theory]
    [InlineData("One. Two! Three?", 3)]
    [InlineData("Use a unit, e.g. meters, and Dr. Smith's table. Then stop.", 2)]
    [InlineData("first line\nsecond line", 1)]
    [InlineData("First line\nSecond line", 2)]
    [InlineData("- one\n- two\n- three", 3)]
    [InlineData("これは一文です。これも。", 2)]
    [InlineData("Version 3.5 is out", 1)]
    [InlineData("", 0)]
    public void Sentences_end_where_a_reader_ends_them(string text, int expected) =>
        Assert.Equal(expected, PromptText.Read(text).Sentences.Count);

    /// <summary>The example of Flesch's formula: 6 one-syllable words in one sentence.</summary>
    [Fact]
    public void Reading_ease_follows_the_formula()
    {
        var readability = Readability.Of(PromptText.Read("The cat sat on the mat.", "en"));

        Assert.NotNull(readability);
        Assert.Equal(Math.Round(206.835 - 1.015 * 6 - 84.6, 1), readability.Ease);
        Assert.Equal(0, readability.Grade);
    }

    [Fact]
    public void Hard_text_reads_harder_than_easy_text()
    {
        var easy = Readability.Of(PromptText.Read("We go to the park. The sun is out. The dog runs.", "en"));
        var hard = Readability.Of(PromptText.Read(
            "Organizational interdependencies necessitate comprehensive methodological considerations.", "en"));

        Assert.True(easy!.Ease > hard!.Ease + 50);
        Assert.True(easy.Grade < hard.Grade);
    }

    [Theory]
    [InlineData("ja", "これは短い文です。")]
    [InlineData("pl", "To jest krótkie zdanie.")]
    public void A_language_without_a_formula_has_no_readability(string language, string text) =>
        Assert.Null(Readability.Of(PromptText.Read(text, language)));

    [Theory]
    [InlineData("table", 2)]
    [InlineData("make", 1)]
    [InlineData("reading", 2)]
    [InlineData("the", 1)]
    [InlineData("beautiful", 3)]
    public void English_syllables_are_counted(string word, int expected) =>
        Assert.Equal(expected, Syllables.In(word, "en"));

    [Fact]
    public void Complexity_grows_with_what_has_to_be_kept_in_mind()
    {
        var simple = Measure("Write a poem.");
        var harder = Measure("""
            # Task
            Summarize {{text}} for {{audience}}.

            - Use at most 100 words.
            - Keep every number.
            - Do not quote names.
              - Replace them by roles.
            """);

        Assert.InRange(simple.Complexity, 0, 2);
        Assert.True(harder.Complexity > simple.Complexity + 2);
        Assert.Equal(2, harder.Variables);
        Assert.Equal(3, harder.Nesting);
    }

    [Fact]
    public void Complexity_stays_in_range_for_a_huge_prompt()
    {
        var metrics = Measure(string.Join('\n', Enumerable.Range(0, 5_000).Select(n =>
            $"  - Always include the item {n} and the {{value_{n}}} of it "
            + $"and never leave out anything about number {n}.")));

        Assert.InRange(metrics.Complexity, 8, 10);
    }

    [Fact]
    public void An_empty_text_measures_zero()
    {
        var metrics = Measure("");

        Assert.Equal((0, 0, 0, 0.0), (metrics.Words, metrics.Sentences, metrics.Constraints, metrics.Complexity));
        Assert.Null(metrics.ReadingEase);
    }

    private static PromptMetrics Measure(string text) => PromptMetrics.Measure(PromptText.Read(text), tokens: 0);
}
