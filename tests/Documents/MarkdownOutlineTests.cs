using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Headings of Markdown, as CommonMark tells them.</summary>
public sealed class MarkdownOutlineTests
{
    private static readonly JsonNode[] Examples =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Documents", "commonmark.jsonl"))
            .Skip(1).Select(line => JsonNode.Parse(line)!),
    ];

    [Fact]
    public void Every_example_of_CommonMark_has_the_headings_of_the_reference()
    {
        // An example that begins with three hyphens reads as metadata.
        var examples = Examples.Where(
            example => !((string)example["markdown"]!).StartsWith("---\nFoo", StringComparison.Ordinal));

        var wrong = examples.Where(example => !Expected(example).SequenceEqual(Headings((string)example["markdown"]!)));

        Assert.Equal(655, Examples.Length);
        Assert.Empty(wrong.Select(example => example.ToJsonString()));
    }

    [Theory]
    [InlineData("# One\n\n1. two\n\n    ```\n    # three\n    ```\n\n# Four\n\nFive.\n", "One", "Four")]
    [InlineData("- ```\n  # one\n  ```\n\n# Two\n", "Two")]
    [InlineData("<!--\n# one\n-->\n\n<pre>\n# two\n</pre>\n\n<div>\n# three\n</div>\n\n# Four\n", "Four")]
    [InlineData("One\n=\n\nTwo\nlines\n---\n", "One", "Two lines")]
    [InlineData("Two *of*\r\nlines\r\n---\r\n", "Two of lines")]
    [InlineData("---\ntitle: One\n# two\n---\n# Three\n", "Three")]
    [InlineData("#\n\n# Two\n", "", "Two")]
    [InlineData("# \\# one\n# `two` *three* [four](five)\n", "# one", "two three four")]
    [InlineData("# One &amp; <two@example.com>\n", "One & two@example.com")]
    [InlineData("# C#\n## one ##\n", "C#", "one")]
    public void Titles_are_what_a_reader_sees(string text, params string[] expected) =>
        Assert.Equal(expected, Outline.OfMarkdown(text).Headings.Select(heading => heading.Title));

    [Fact]
    public void A_heading_reaches_from_its_line_to_the_text_below()
    {
        const string Text = "Before.\n\n  Two\n lines\n===\nText.\n\n   ## Next\nMore.";

        var headings = Outline.OfMarkdown(Text).Headings;

        Assert.Equal(
            ["  Two\n lines\n===\n", "   ## Next\n"],
            headings.Select(heading => Text[heading.Offset..heading.BodyOffset]));
    }

    [Fact]
    public void What_nests_deeper_than_anybody_writes_has_lines_and_no_headings()
    {
        var outline = Outline.OfMarkdown(string.Concat(Enumerable.Repeat("> ", 10_000)) + "text\n# One\n");

        Assert.Empty(outline.Headings);
        Assert.Equal(2, outline.Breaks.Count);
    }

    private static IEnumerable<(int, string)> Expected(JsonNode example) =>
        example["headings"]!.AsArray().Select(heading => ((int)heading![0]!, (string)heading[1]!));

    private static IEnumerable<(int, string)> Headings(string markdown) =>
        Outline.OfMarkdown(markdown).Headings.Select(heading => (heading.Level, heading.Title));
}
