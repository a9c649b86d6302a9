namespace Assay;

public sealed class KeyPatternTests
{
    [Theory]
    [InlineData("^sk-[a-z]+$", "sk-abc", true)]
    [InlineData("sk-[a-z]+", "sk-abc", true)]
    [InlineData("sk-[a-z]+", "xsk-abc", false)]
    [InlineData("sk-[a-z]+", "sk-abc\n", false)]
    [InlineData("a|b", "ax", false)]
    public void All_of_a_key_is_of_the_form(string pattern, string key, bool matches) =>
        Assert.Equal(matches, KeyPattern.Matches(pattern, key));

    [Fact]
    public void A_pattern_that_would_backtrack_for_ever_does_not() =>
        Assert.False(KeyPattern.Matches("(a+)+$", new string('a', 4000) + "!"));

    [Theory]
    [InlineData("[")]
    [InlineData("(?=x)x")]
    [InlineData(@"(a)\1")]
    public void A_pattern_that_cannot_be_matched_in_linear_time_is_none(string pattern) =>
        Assert.False(KeyPattern.IsValid(pattern));
}
