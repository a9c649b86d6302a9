namespace Assay;

public sealed class SnippetsTests
{
    [Fact]
    public void Text_is_escaped_and_words_found_are_marked() =>
        Assert.Equal(
            "&lt;b&gt; &amp; &quot;it&#39;s&quot; <mark>here</mark>",
            Snippets.Highlight($"<b> & \"it's\" {Snippets.Start}here{Snippets.Stop}"));

    [Theory]
    [InlineData("plain words", false)]
    [InlineData("color of oranges", false)]
    [InlineData("\"a phrase\"", true)]
    [InlineData("this or that", true)]
    [InlineData("this -that", true)]
    public void Operators_are_recognised(string query, bool expected) =>
        Assert.Equal(expected, Snippets.HasOperators(query));
}
