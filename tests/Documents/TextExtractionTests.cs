using System.Text;

namespace Assay;

public sealed class TextExtractionTests
{
    private static Extraction Extract(byte[] file, string name, string? contentType = null) =>
        TextExtraction.Extract(file, name, contentType);

    private static ExtractedText Read(string text, string name, string? contentType = null) =>
        Assert.IsType<Extraction.Extracted>(Extract(Encoding.UTF8.GetBytes(text), name, contentType)).Text;

    private static Extraction.Rejected Refuse(byte[] file, string name, string? contentType = null) =>
        Assert.IsType<Extraction.Rejected>(Extract(file, name, contentType));

    [Fact]
    public void Text_is_kept_as_it_is()
    {
        var read = Read("One.\r\n\r\n  Two\t…\n", "a.TXT");

        Assert.Equal("One.\r\n\r\n  Two\t…\n", read.Text);
        Assert.Equal((TextLayout.Plain, FileType.Text), (read.Layout, read.ContentType));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void A_byte_order_mark_is_honored_and_left_out(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] file = [.. encoding.GetPreamble(), .. encoding.GetBytes("Größe 😀")];

        var text = Assert.IsType<Extraction.Extracted>(Extract(file, "a.txt")).Text.Text;

        Assert.Equal("Größe 😀", text);
    }

    [Fact]
    public void Invalid_UTF_8_is_refused_with_the_offset_of_the_first_wrong_byte()
    {
        var rejected = Refuse([(byte)'a', 0xC3, 0xA9, 0xFF, (byte)'b'], "a.txt");

        Assert.Equal(RejectionCode.InvalidEncoding, rejected.Code);
        Assert.Contains("offset 3", rejected.Detail);
    }

    [Fact]
    public void A_lone_surrogate_in_UTF_16_is_refused_with_its_offset()
    {
        var rejected = Refuse([0xFF, 0xFE, (byte)'a', 0, 0x00, 0xD8, (byte)'b', 0], "a.txt");

        Assert.Equal(RejectionCode.InvalidEncoding, rejected.Code);
        Assert.Contains("offset 4", rejected.Detail);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_whatever_their_name()
    {
        Assert.Equal(RejectionCode.Binary, Refuse([(byte)'a', 0, 1, 2], "a.txt").Code);
        Assert.Equal(RejectionCode.Binary, Refuse([.. Enumerable.Repeat((byte)1, 100)], "a.md").Code);
    }

    [Theory]
    [InlineData("%PDF-1.7", "report.txt", "PDF")]
    [InlineData("PK\u0003\u0004rest", "report.md", "ZIP")]
    [InlineData("<a><b></a>", "broken.xml", "*.xml")]
    [InlineData("{}", "data.json", "*.json")]
    public void Other_formats_are_unsupported_by_content_and_by_name(string content, string name, string mentioned)
    {
        var rejected = Refuse(Encoding.UTF8.GetBytes(content), name);

        Assert.Equal(RejectionCode.Unsupported, rejected.Code);
        Assert.StartsWith("unsupported: ", rejected.Reason);
        Assert.Contains(mentioned, rejected.Detail);
    }

    [Fact]
    public void Without_an_extension_the_content_type_decides()
    {
        Assert.Equal(TextLayout.Markdown, Read("# A\nb", "readme", "text/markdown; charset=utf-8").Layout);
        Assert.Equal(TextLayout.Plain, Read("text", "readme", null).Layout);
        Assert.Equal(RejectionCode.Unsupported, Refuse("text"u8.ToArray(), "readme", "application/json").Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    public void A_file_without_text_is_refused(string content) =>
        Assert.Equal(RejectionCode.Empty, Refuse(Encoding.UTF8.GetBytes(content), "a.txt").Code);

    [Fact]
    public void Markdown_gives_its_first_top_heading_as_title() =>
        Assert.Equal("The title", Read("---\nx: 1\n---\n## Sub\n# The title #\ntext", "a.md").Title);

    [Fact]
    public void Pages_become_markdown_without_scripts_and_styles()
    {
        var read = Read(
            """
            <!DOCTYPE html><html><head><title> My page </title><style>p { color: red }</style></head><body>
            <script>alert("no")</script><h1>Top   heading</h1><div><p>First
            paragraph with <b>bold</b> text.</p><p># not a heading</p></div>
            <h2><span>Sub</span></h2><ul><li>one</li><li>two<ol><li>inner</li></ol></li></ul>
            <pre><code>if (x) {
              y();
            }</code></pre><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
            <p hidden>hidden</p><p>line<br>break &amp; end</p><noscript>no</noscript></body></html>
            """,
            "page");

        Assert.Equal("My page", read.Title);
        Assert.Equal((TextLayout.Markdown, FileType.Html), (read.Layout, read.ContentType));
        Assert.Equal(
            """
            # Top heading

            First paragraph with bold text.

            \# not a heading

            ## Sub

            - one
            - two
              1. inner

            ```
            if (x) {
              y();
            }
            ```

            a | b
            1 | 2

            line
            break & end

            """,
            read.Text);
    }

    [Theory]
    [InlineData("<pre>a=1<br>b=2<br/>  c</pre>", "```\na=1\nb=2\n  c\n```\n")]
    [InlineData("<pre><span>a\n\n\n</span><span>\nb</span></pre>", "```\na\n\n\n\nb\n```\n")]
    [InlineData("<div>one</div><div>two</div>", "one\ntwo\n")]
    [InlineData("a <i style='display:none'>b</i><i style='VISIBILITY: hidden !important'>c</i> d", "a d\n")]
    [InlineData("<h2>One<br>Two<div>Three</div></h2>text", "## One Two Three\n\ntext\n")]
    [InlineData("Price list<br>---<br>Total<br>=", "Price list\n\\---\nTotal\n\\=\n")]
    [InlineData("<p>&lt;!-- text</p><h1>Seen</h1>", "\\<!-- text\n\n# Seen\n")]
    public void What_a_page_shows_is_kept_as_it_shows_it(string html, string text) =>
        Assert.Equal(text, Read(html, "a.html").Text);

    [Theory]
    [InlineData("<tr><th>a<br>b<th>c<tr><td><p>d<p>e<ul><li>f<li>g</ul><td>h", "a b | c\nd e - f - g | h\n")]
    [InlineData("<tr><td>a | b<td>c", "a \\| b | c\n")]
    [InlineData("<tr><td>#1<td>#2<td>&lt;b&gt;", "\\#1 | #2 | <b>\n")]
    [InlineData("<tr><td>a<td>\\#<td>\\-<td>b<br>\\=<br>#", "a | \\# | \\- | b \\= #\n")]
    [InlineData("<tr><td colspan=2>a<td>b<tr><td>c<td>d<td>e", "a | | b\nc | d | e\n")]
    [InlineData("<tr><td rowspan=2>a<td>b<tr><td>c<tr><td>d<td>e", "a | b\na | c\nd | e\n")]
    [InlineData("<tr><td>a<td rowspan=0>b<tr><td>c<td rowspan=x>d", "a | b\nc | d\n")]
    [InlineData("<tr><td>a<td>b<td rowspan=2>c<tr><td>d<tr><td>e<td>f<td>g", "a | b | c\nd | | c\ne | f | g\n")]
    [InlineData("<tr><td>a<td><table><tr><td>b<td>c</table><tr><td>d<td>e", "a | b \\| c\nd | e\n")]
    [InlineData("<td>a<td>b<tr><td>c<td>d", "a | b\nc | d\n")]
    [InlineData("<tr><td><h1>Page</h1>text<td>side<table><tr><td>b<td>c</table>", "# Page\n\ntext\n\nside\n\nb | c\n")]
    public void A_row_of_a_table_is_a_line_and_a_layout_is_none(string table, string text) =>
        Assert.Equal(text, Read($"<table>{table}</table>", "a.html").Text);

    [Fact]
    public void A_page_may_nest_without_end()
    {
        var read = Read(string.Concat(Enumerable.Repeat("<div>", 10_000)) + "deep", "a.html");

        Assert.Equal("deep\n", read.Text);
    }

    [Theory]
    [InlineData("<p></p><script>x</script>")]
    [InlineData("<html><body><img src='x'></body></html>")]
    public void A_page_that_shows_no_text_is_refused(string html) =>
        Assert.Equal(RejectionCode.Empty, Refuse(Encoding.UTF8.GetBytes(html), "a.html").Code);

    [Theory]
    [InlineData("a,b\n1,2\n3,4\n")]
    [InlineData("a;b\r\n1;2,5\r\n")]
    [InlineData("a\tb\n1\t2")]
    [InlineData("a,b\n\"x, \"\"y\"\"\nz\",2\n\n")]
    [InlineData("a,b\n5\" disk,\"\"\n")]
    public void Well_formed_tables_are_kept_as_they_are(string csv)
    {
        var read = Read(csv, "a.csv");

        Assert.Equal((csv, TextLayout.Table), (read.Text, read.Layout));
    }

    [Theory]
    [InlineData("sep=;\nkey;value\na;1\n", "key;value\na;1\n")]
    [InlineData("SEP=\t\r\nkey\tvalue\r\n", "key\tvalue\r\n")]
    [InlineData("sep=other\n1\n", "sep=other\n1\n")]
    public void A_line_that_tells_the_delimiter_is_no_record(string csv, string text) =>
        Assert.Equal(text, Read(csv, "a.csv").Text);

    [Fact]
    public void Lines_may_end_in_carriage_returns()
    {
        var read = Read("# One\r\rtext\r\n# Two\r", "a.md");

        Assert.Equal("# One\n\ntext\r\n# Two\n", read.Text);
    }

    [Theory]
    [InlineData("a,b\n\"1\n1\",2\n3\n", "Record 3 (line 4) has 1 fields where the header has 2.")]
    [InlineData("a,b\n1,2,3\n", "Record 2 (line 2) has 3 fields where the header has 2.")]
    [InlineData("a,b\n1,\"2\n", "The quoted field that starts on line 2 never ends.")]
    [InlineData("a,b\n1,\"2\"x\n", "Line 2 has text after the quotation mark that ends a field.")]
    public void Tables_that_cannot_be_trusted_are_refused_with_the_place(string csv, string detail)
    {
        var rejected = Refuse(Encoding.UTF8.GetBytes(csv), "a.csv");

        Assert.Equal((RejectionCode.MalformedTable, detail), (rejected.Code, rejected.Detail));
    }
}
