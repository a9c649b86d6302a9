namespace Assay;

public sealed class PromptFormatTests
{
    [Theory]
    [InlineData("text", "Write a poem about the sea.")]
    [InlineData("text", "Compare 3 < 5 and 7 > 2 - which is right?")]
    [InlineData("text", "- one item only")]
    [InlineData("markdown", "# Task\nSummarize the text.")]
    [InlineData("markdown", "Do this:\n- read\n- write")]
    [InlineData("markdown", "Explain:\n```\nx = 1\n```")]
    [InlineData("markdown", "| a | b |\n|---|---|\n| 1 | 2 |")]
    [InlineData("xml", "<prompt><task>Summarize</task></prompt>")]
    [InlineData("xml", "  <role>editor</role>\n<task>cut</task>\n")]
    [InlineData("xml", "<?xml version=\"1.0\"?><p>hi</p>")]
    [InlineData("xml", "<prompt><task>broken</prompt>")]
    public void The_format_is_detected(string expected, string text)
    {
        var report = PromptFormat.Check(text, PromptFormat.Auto);

        Assert.Equal(expected, report.Format);
        Assert.True(report.IsDetected);
    }

    [Theory]
    [InlineData("<a><b></a>", 1, 9)]
    [InlineData("\n<a>\n  <b x=1></b>\n</a>", 3, 8)]
    [InlineData("<a>\n &nbsp;</a>", 2, 3)]
    [InlineData("<p>\n <a>text", 2, 3)]
    [InlineData("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", 1, 3)]
    [InlineData("<a/> and more", 1, 5)]
    public void Broken_xml_names_line_and_column(string text, int line, int column)
    {
        var report = PromptFormat.Check(text, PromptFormat.Xml);

        Assert.False(report.IsValid);
        var issue = Assert.Single(report.Issues);
        Assert.Equal((line, column), (issue.Line, issue.Column));
        Assert.DoesNotContain(" Line ", issue.Message);
    }

    [Fact]
    public void Text_declared_as_xml_has_no_element() =>
        Assert.False(PromptFormat.Check("", PromptFormat.Xml).IsValid);

    [Fact]
    public void Nesting_without_end_is_refused_rather_than_followed()
    {
        var text = string.Concat(Enumerable.Repeat("<a>", 100_000));

        Assert.Contains("nested", Assert.Single(PromptFormat.Check(text, PromptFormat.Xml).Issues).Message);
    }

    [Fact]
    public void Markdown_structure_is_noted_and_stays_valid()
    {
        var report = PromptFormat.Check("# One\n\n### Three\n\n##\n\n```\nopen", PromptFormat.Markdown);

        Assert.True(report.IsValid);
        Assert.Equal([3, 5, 7], report.Issues.Select(issue => issue.Line));
    }

    [Fact]
    public void A_hash_inside_a_fence_is_no_heading() =>
        Assert.Empty(PromptFormat.Check("# One\n```\n### not a heading\n```\n## Two", PromptFormat.Markdown).Issues);
}
