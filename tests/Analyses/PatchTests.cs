namespace Assay;

public sealed class PatchTests
{
    [Fact]
    public void Patches_apply_in_order_of_position()
    {
        Patch[] patches = [New(0, 0, ">"), New(0, 3, "two"), New(8, 13, ""), New(13, 13, "!")];

        Assert.Equal(">two and !", Patch.Apply("one and three", patches));
    }

    [Theory]
    [InlineData(3, 5, 4, 6)]
    [InlineData(4, 6, 3, 5)]
    [InlineData(0, 2, 9, 12)]
    public void Patches_that_overlap_or_lie_outside_are_refused(int start, int end, int nextStart, int nextEnd) =>
        Assert.Throws<ArgumentException>(
            () => Patch.Apply("0123456789", [New(start, end, ""), New(nextStart, nextEnd, "")]));

    [Fact]
    public void Of_two_that_overlap_the_more_severe_is_chosen()
    {
        var chosen = Patch.Choose(
        [
            Finding(Severity.Info, New(0, 5, "info")),
            Finding(Severity.Error, New(4, 8, "error")),
            Finding(Severity.Warning, New(8, 9, "warning")),
            Finding(Severity.Error, null),
        ]);

        Assert.Equal(["error", "warning"], chosen.Select(patch => patch.Replacement));
    }

    [Fact]
    public void An_insertion_inside_a_replaced_range_overlaps_it_and_one_at_its_edge_does_not()
    {
        Assert.True(new TextSpan(2, 6).Overlaps(TextSpan.At(4)));
        Assert.True(TextSpan.At(4).Overlaps(new TextSpan(2, 6)));
        Assert.False(new TextSpan(2, 6).Overlaps(TextSpan.At(2)));
        Assert.False(new TextSpan(2, 6).Overlaps(TextSpan.At(6)));
    }

    [Fact]
    public void All_patches_of_a_realistic_prompt_apply_together_and_their_findings_go_away()
    {
        var before = Linter.Check(PromptText.Read(SamplePrompts.Messy));
        var patches = Patch.Choose(before);
        Assert.True(patches.Count >= 6, $"Only {patches.Count} patches were proposed.");

        var after = Linter.Check(PromptText.Read(Patch.Apply(SamplePrompts.Messy, patches)));

        Assert.All(patches.GroupBy(patch => patch.Rule), rule => Assert.True(
            after.Count(finding => finding.Rule == rule.Key)
                <= before.Count(finding => finding.Rule == rule.Key) - rule.Count(),
            $"{rule.Key} is still found."));
        Assert.True(AnalysisScore.Lint(after) > AnalysisScore.Lint(before));
    }

    private static Patch New(int start, int end, string replacement) => new("rule", new(start, end), replacement, "");

    private static Finding Finding(Severity severity, Patch? patch) => new("rule", severity, new(0, 1), "", "", patch);
}
