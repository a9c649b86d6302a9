namespace Assay;

public sealed class ShownTextTests
{
    [Theory]
    [InlineData("Ada Lovelace")]
    [InlineData("Łukasz – ünïcode, 東京 & Co.")]
    [InlineData("נועה כהן")]
    [InlineData("क्\u200dष")]
    [InlineData("👩\u200d💻 team")]
    [InlineData("❤\ufe0f")]
    public void A_name_is_of_any_script(string name) => Assert.True(ShownText.IsName(name));

    [Theory]
    [InlineData("")]
    [InlineData(" \u00a0\u3000")]
    [InlineData("\u2800\u3164")]
    [InlineData("two\nlines")]
    [InlineData("two\u2028lines")]
    [InlineData("zero\u200bwidth")]
    [InlineData("zero\u200dwidth")]
    [InlineData("turned \u202egnp.exe")]
    [InlineData("isolated \u2066text\u2069")]
    [InlineData("soft\u00adhyphen")]
    [InlineData("mark \ufeff")]
    [InlineData("tag \U000e0041")]
    [InlineData("\u001b[31mred")]
    public void A_name_hides_nothing(string name) => Assert.False(ShownText.IsName(name));

    [Theory]
    [InlineData("Ada\r\nBcc: all\u202e", "Ada Bcc: all")]
    [InlineData("half \ufffd", "half")]
    [InlineData(" \u0000\u200b ", null)]
    [InlineData(null, null)]
    public void What_shows_is_left_of_a_name_of_others(string? name, string? shown) =>
        Assert.Equal(shown, ShownText.NameOf(name, 100));

    [Fact]
    public void Nothing_is_cut_within_a_character() => Assert.Equal("ab", ShownText.Shorten("ab👍", 3));
}
