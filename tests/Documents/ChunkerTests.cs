using System.Diagnostics;
using System.Globalization;
using System.Text;
using CsCheck;

namespace Assay;

public sealed class ChunkerTests
{
    private static readonly ChunkSettings Small = new(Size: 32, Overlap: 0);

    private static readonly Gen<string> AnyText = Gen.Frequency(
        (30, Gen.OneOf(
            "word ", "Sentence. ", "\n", "\n\n", "# Head\n", "## Sub\n", "- item\n", "```\ncode();\n```\n", "a,b\n",
            "\"", "文字", "ไทยคำ", "😀", "👩‍👩‍👧‍👦", "e\u0301", "   ", "\t", "\r\n", "123456 ", "    code\n", "Über ",
            "---\n", "|x|y|\n", "e.g. ", "\ufeff", "()[]{}//\n", "\u00a0")),
        (1, Gen.Int[1, 400].Select(length => new string('x', length))),
        (1, Gen.Int[1, 200].Select(length => new string(' ', length)))).Array[0, 400].Select(string.Concat);

    private static IReadOnlyList<Chunk> Markdown(string text, ChunkSettings? settings = null) =>
        Chunker.Split(text, TextLayout.Markdown, settings ?? Small);

    private static string Content(string text, Chunk chunk) => text[chunk.Start..chunk.End];

    [Fact]
    public void A_text_that_fits_is_one_chunk()
    {
        const string Text = "One sentence. Another one.\n";

        var chunk = Assert.Single(Chunker.Split(Text, TextLayout.Plain, new()));

        Assert.Equal((0, 0, Text.Length, 6), (chunk.Index, chunk.Start, chunk.End, chunk.Tokens));
        Assert.Empty(chunk.HeadingPath);
    }

    [Fact]
    public void Headings_start_chunks_that_carry_their_path()
    {
        const string Text =
            "Intro.\n\n# Guide\n\n## Install\nRun it.\n\n### On Linux #\nUse apt.\n\nUsage\n-----\nCall it.\n";

        var chunks = Markdown(Text);

        Assert.Equal(
            [
                "Intro.\n\n",
                "# Guide\n\n## Install\nRun it.\n\n",
                "### On Linux #\nUse apt.\n\n",
                "Usage\n-----\nCall it.\n",
            ],
            chunks.Select(chunk => Content(Text, chunk)));
        Assert.Equal(
            ["", "Guide/Install", "Guide/Install/On Linux", "Guide/Usage"],
            chunks.Select(chunk => string.Join('/', chunk.HeadingPath)));
    }

    [Fact]
    public void What_looks_like_a_heading_in_a_fence_is_none()
    {
        const string Text =
            "# Real\n```sh\n# comment\n```\n~~~\n# other\n```\n~~~\n#hashtag\n    # indented\nC is not C#\n";

        Assert.Equal(["Real"], Outline.OfMarkdown(Text).Headings.Select(heading => heading.Title));
    }

    [Fact]
    public void Chunks_end_at_paragraphs_where_they_can()
    {
        var paragraph = "Several words stand in this sentence here. And others stand in this one.\n\n";
        var text = string.Concat(Enumerable.Repeat(paragraph, 6));

        var chunks = Markdown(text);

        Assert.All(chunks, chunk => Assert.EndsWith("\n\n", Content(text, chunk)));
        Assert.True(chunks.Count > 2);
    }

    [Fact]
    public void Chunks_end_at_sentences_where_paragraphs_are_too_long()
    {
        const string Sentence = "Dr. A. Smith said e.g. that this is a sentence of words. ";
        var text = string.Concat(Enumerable.Repeat(Sentence, 20)).Trim();

        var chunks = Markdown(text);

        Assert.All(chunks, chunk => Assert.EndsWith("of words.", Content(text, chunk)));
    }

    [Theory]
    [InlineData("\u68c0\u9a8c\u5458\u5e94\u5f53\u63d0\u4ea4\u62a5\u544a\u3002")]
    [InlineData("\u4f60\u597d\u5417\uff1f\u300d\u5f88\u597d\uff01\uff09")]
    public void Sentences_end_at_wide_marks_and_the_brackets_behind_them(string sentence)
    {
        var text = string.Concat(Enumerable.Repeat(sentence, 40));
        var last = sentence[^1];

        Assert.All(Markdown(text).Select(chunk => Content(text, chunk)), content => Assert.True(
            content[^1] == last || content.EndsWith("\uff1f\u300d", StringComparison.Ordinal), content));
    }

    [Fact]
    public void No_chunk_is_blank()
    {
        var text = "one\n" + new string('\n', 6_000) + string.Concat(Enumerable.Repeat(" \t\n", 2_000)) + "two\n";

        var chunks = Markdown(text);

        Assert.All(chunks, chunk => Assert.False(string.IsNullOrWhiteSpace(Content(text, chunk))));
        Assert.Contains(chunks, chunk => Content(text, chunk).Contains("two"));
    }

    [Fact]
    public void Code_is_cut_between_lines()
    {
        var lines = string.Concat(Enumerable.Repeat("call(first, second); other(third)\n", 20));
        var text = $"# Code\n\n```\n{lines}```\n";

        Assert.All(Markdown(text), chunk => Assert.EndsWith("\n", Content(text, chunk)));
    }

    [Fact]
    public void Records_of_a_table_stay_whole_and_carry_the_header()
    {
        var rows = Enumerable.Range(0, 30).Select(n => $"row {n},\"two\nlines, quoted\"\n");
        var text = "name,note\n" + string.Concat(rows);

        var chunks = Chunker.Split(text, TextLayout.Table, Small);

        Assert.True(chunks.Count > 5);
        Assert.All(chunks, chunk => Assert.EndsWith("quoted\"\n", Content(text, chunk)));
        Assert.All(chunks, chunk => Assert.Equal(["name,note"], chunk.HeadingPath));
    }

    [Fact]
    public void Overlap_repeats_the_end_of_the_chunk_before()
    {
        var text = string.Concat(Enumerable.Range(0, 60).Select(n => $"Sentence number {n} has some words. "));
        var settings = new ChunkSettings(Size: 64, Overlap: 20);

        var chunks = Chunker.Split(text, TextLayout.Plain, settings);

        foreach (var (before, after) in chunks.Zip(chunks.Skip(1)))
        {
            Assert.InRange(after.Start, before.Start + 1, before.End - 1);
            var repeated = Tokenizer.Get(TokenEncoding.Cl100k).Count(text.AsSpan(after.Start..before.End));
            Assert.InRange(repeated, 10, 20);
            Assert.StartsWith(" Sentence", Content(text, after));
        }
    }

    [Fact]
    public void Overlap_stays_within_a_section()
    {
        const string Text = "# One\nSome words here.\n# Two\nOther words there.\n";

        var chunks = Markdown(Text, new(Size: 32, Overlap: 16));

        Assert.Equal(chunks[0].End, chunks[1].Start);
    }

    [Theory]
    [InlineData("👩‍👩‍👧‍👦")]
    [InlineData("🇩🇪")]
    [InlineData("e\u0301\u0323")]
    [InlineData("กำ")]
    [InlineData("क्षि")]
    [InlineData("한")]
    public void Graphemes_stay_whole(string grapheme)
    {
        var text = string.Concat(Enumerable.Repeat(grapheme, 300));
        var boundaries = StringInfo.ParseCombiningCharacters(text).Append(text.Length).ToHashSet();

        foreach (var settings in new[] { Small with { Size = 64 }, new(64, 32), new(100, 20, TokenEncoding.O200k) })
        {
            var chunks = Chunker.Split(text, TextLayout.Plain, settings);
            Assert.True(chunks.Count > 1);
            Assert.All(chunks, chunk => Assert.Contains(chunk.Start, boundaries));
            Assert.All(chunks, chunk => Assert.Contains(chunk.End, boundaries));
        }
    }

    [Theory]
    [InlineData(15, 0, "chunkSize")]
    [InlineData(8193, 0, "chunkSize")]
    [InlineData(512, -1, "chunkOverlap")]
    [InlineData(512, 257, "chunkOverlap")]
    public void Settings_out_of_range_are_refused(int size, int overlap, string field)
    {
        var settings = new ChunkSettings(size, overlap);

        Assert.Equal(field, settings.Fault()?.Field);
        Assert.Throws<ArgumentException>(() => Chunker.Split("text", TextLayout.Plain, settings));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("word ")]
    [InlineData("# h\n")]
    [InlineData("文")]
    [InlineData("😀")]
    [InlineData("\u0301")]
    [InlineData("a,b\n")]
    [InlineData("```\n")]
    public void Half_a_million_chars_of_one_thing_take_linear_time(string thing)
    {
        var text = string.Concat(Enumerable.Repeat(thing, 500_000 / thing.Length));
        foreach (var layout in Enum.GetValues<TextLayout>())
        {
            var watch = Stopwatch.StartNew();
            var chunks = Chunker.Split(text, layout, new());
            AssertWhole(text, chunks, new());
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public void Chunks_of_any_text_fit_and_cover_it()
    {
        var settings = Gen.Select(
            Gen.Int[ChunkSettings.SizeMin, 200], Gen.Int[0, 2], Gen.Enum<TokenEncoding>(),
            (size, quarters, encoding) => new ChunkSettings(size, quarters * size / 4, encoding));

        Gen.Select(AnyText, Gen.Enum<TextLayout>(), settings).Sample(
            (text, layout, settings) => AssertWhole(text, Chunker.Split(text, layout, settings), settings), iter: 180);
    }

    private static void AssertWhole(string text, IReadOnlyList<Chunk> chunks, ChunkSettings settings)
    {
        var tokenizer = Tokenizer.Get(settings.Encoding);
        var rebuilt = new StringBuilder(text.Length);
        foreach (var chunk in chunks)
        {
            // White space that would be a chunk by itself is in none.
            if (chunk.Start > rebuilt.Length && string.IsNullOrWhiteSpace(text[rebuilt.Length..chunk.Start]))
                rebuilt.Append(text, rebuilt.Length, chunk.Start - rebuilt.Length);
            Assert.True(chunk.Start <= rebuilt.Length && chunk.End > rebuilt.Length && chunk.End <= text.Length);
            Assert.False(char.IsLowSurrogate(text[chunk.Start]) && chunk.Start > 0
                && char.IsHighSurrogate(text[chunk.Start - 1]));
            if (settings.Overlap == 0)
                Assert.Equal(rebuilt.Length, chunk.Start);

            var content = Content(text, chunk);
            Assert.Equal(tokenizer.Count(content), chunk.Tokens);
            Assert.InRange(chunk.Tokens, 1, settings.Size);
            rebuilt.Append(text, rebuilt.Length, chunk.End - rebuilt.Length);
        }

        if (string.IsNullOrWhiteSpace(text[rebuilt.Length..]))
            rebuilt.Append(text, rebuilt.Length, text.Length - rebuilt.Length);
        Assert.Equal(text, rebuilt.ToString());
    }
}
