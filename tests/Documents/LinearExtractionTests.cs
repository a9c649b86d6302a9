using System.Text;

namespace Assay;

/// <summary>Extracting and cutting take time in proportion to the text, whatever its shape.</summary>
public sealed class LinearExtractionTests
{
    private const int Size = 64 * 1024;

    public static TheoryData<string> Pages => [.. Shapes.Pages.Keys];

    public static TheoryData<string> Texts => [.. Shapes.Texts.Keys];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_takes_time_in_proportion_to_its_length(string shape) =>
        Growth.IsLinear(
            Size, size => Encoding.UTF8.GetBytes(Shapes.Pages[shape](size)),
            page => TextExtraction.Extract(page, "page.html", null));

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_is_cut_in_time_in_proportion_to_its_length(string shape)
    {
        // Before each heading of this kind Markdig looks through all blocks so far; a text for which that matters is
        // cut in a process of its own, within a budget.
        if (shape != "underlines")
            Growth.IsLinear(2 * Size, Shapes.Texts[shape], text => Cut(text, TextLayout.Markdown));
        Growth.IsLinear(2 * Size, Shapes.Texts[shape], text => Cut(text, TextLayout.Plain));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_table_is_read_and_cut_in_time_in_proportion_to_its_length(string shape) =>
        Growth.IsLinear(2 * Size, Shapes.Texts[shape], text =>
        {
            TextExtraction.Extract(Encoding.UTF8.GetBytes(text), "table.csv", null);
            Cut(text, TextLayout.Table);
        });

    [Fact]
    public void Text_below_any_number_of_tags_is_kept()
    {
        var page = Shapes.Repeat("<div><b><span hidden>no</span>", 120_000) + "<ul><li>deep <p hidden>shown";

        var read = HtmlText.Read(page)!.Value.Text;

        Assert.EndsWith("shown\n", read);
        Assert.Contains("deep", read);
    }

    [Fact]
    public void A_text_of_more_chunks_than_can_be_kept_is_not_cut() =>
        Assert.Null(Chunker.Split(Shapes.Repeat("# a\nb\n", 6_000), TextLayout.Markdown, new(), chunksMax: 500));

    [Theory]
    [InlineData("<p>one<div>two</div>", "one\n\ntwo\n")]
    [InlineData("<ul><li>a<li>b<ol><li>c</ol></ul>", "- a\n- b\n  1. c\n")]
    [InlineData("<dl><dt>a<dd>b<dt>c</dl>", "a\nb\nc\n")]
    [InlineData("<table><td>a<td>b<tr><td>c<td>d</table>", "a | b\nc | d\n")]
    [InlineData("<p hidden>no<p>yes", "yes\n")]
    [InlineData("<span hidden>no<span>no</span>no</span>yes", "yes\n")]
    [InlineData("<svg><text>no</text><p>yes", "yes\n")]
    [InlineData("<head><title>no</title>yes", "yes\n")]
    [InlineData("<div><table><tr><td>a</div>b</td></tr></table>c</div>", "ab\n\nc\n")]
    [InlineData("<pre>a<br>b</pre>", "```\na\nb\n```\n")]
    [InlineData("<pre><ol><li>a<pre>b</pre></ol>c", "```\nab\n```\n\nc\n")]
    [InlineData("<select><option>no</select>yes<textarea>too</textarea>", "yestoo\n")]
    [InlineData("<script>if (a < b) '<p>no'</script>yes", "yes\n")]
    [InlineData("a<!-- no -->b&lt;&nbsp;&copy;", "ab< ©\n")]
    public void Tags_that_are_left_out_are_understood(string page, string expected) =>
        Assert.Equal(expected, HtmlText.Read(page)!.Value.Text);

    private static void Cut(string text, TextLayout layout) => Chunker.Split(text, layout, new());
}
