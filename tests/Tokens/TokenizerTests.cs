using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Assay;

public sealed class TokenizerTests
{
    private sealed record Expected(string Text, int[] Cl100k, int[] O200k)
    {
        /// <summary>The text from its UTF-16 code units, lone surrogates included.</summary>
        public string Decoded => string.Concat(Text.Chunk(4).Select(unit =>
            (char)ushort.Parse(unit, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData(TokenEncoding.Cl100k)]
    [InlineData(TokenEncoding.O200k)]
    public void Tokens_are_those_of_js_tiktoken(TokenEncoding encoding)
    {
        var tokenizer = Tokenizer.Get(encoding);
        var file = Environment.GetEnvironmentVariable("ASSAY_EXPECTED_TOKENS")
            ?? Path.Combine(AppContext.BaseDirectory, "Tokens", "expected.json");
        var cases = JsonSerializer.Deserialize<Expected[]>(File.ReadAllText(file), JsonSerializerOptions.Web)!;

        Assert.NotEmpty(cases);
        foreach (var expected in cases)
        {
            var tokens = encoding is TokenEncoding.Cl100k ? expected.Cl100k : expected.O200k;
            Assert.Equal(tokens, tokenizer.Encode(expected.Decoded));
            Assert.Equal(tokens.Length, tokenizer.Count(expected.Decoded));
        }
    }

    [Theory]
    [InlineData(TokenEncoding.Cl100k)]
    [InlineData(TokenEncoding.O200k)]
    public void Tokens_decode_to_the_text(TokenEncoding encoding)
    {
        var tokenizer = Tokenizer.Get(encoding);
        var anything = Gen.Int[1, 0x10FFFF].Where(Rune.IsValid).Select(value => $"{new Rune(value)}");
        var usual = Gen.OneOf(
            "Größe ", "我能", "👩‍👩‍👧‍👦", "\r\n", "\t", "if (x <= 10) { return 'y'; }", "  ", "we'LL ",
            "123", "\u0301");

        Gen.Frequency((3, usual), (1, anything)).Array[0, 60].Select(string.Concat).Sample(text =>
        {
            var tokens = tokenizer.Encode(text);

            Assert.Equal(text, tokenizer.Decode(tokens));
            Assert.Equal(tokens.Count, tokenizer.Count(text));
        }, iter: 2_000);
    }

    [Theory]
    [InlineData(TokenEncoding.Cl100k)]
    [InlineData(TokenEncoding.O200k)]
    public void Counts_of_pieces_add_up_from_any_piece_to_any_other(TokenEncoding encoding)
    {
        const string Text = "It's  10 o'clock;\n\n  we'LL meet 文A文ABC at Øresund…   \t\r\nе́ 👍🏽👍🏽 done//\n/x  ";
        var tokenizer = Tokenizer.Get(encoding);
        var ends = new List<TokenPiece> { new(0, 0) };
        while (ends[^1].End < Text.Length)
            ends.Add(tokenizer.PieceAt(Text, ends[^1].End));

        for (var first = 0; first < ends.Count; first++)
        {
            for (var last = first; last < ends.Count; last++)
            {
                var sum = ends[(first + 1)..(last + 1)].Sum(piece => piece.Tokens);
                var part = Text[ends[first].End..ends[last].End];
                var count = tokenizer.Count(part);
                Assert.InRange(count, 0, sum);
                if (!part.EndsWith(' ') && !part.EndsWith('\t'))
                    Assert.Equal(sum, count);
            }
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("A")]
    [InlineData("=")]
    [InlineData("é")]
    [InlineData("文")]
    [InlineData("ab")]
    [InlineData(" \n")]
    [InlineData("\ud800")]
    public void A_megabyte_of_one_thing_takes_linear_time(string thing)
    {
        var text = string.Concat(Enumerable.Repeat(thing, 1_000_000 / thing.Length));
        foreach (var encoding in Enum.GetValues<TokenEncoding>())
        {
            var tokenizer = Tokenizer.Get(encoding);
            var watch = Stopwatch.StartNew();
            Assert.InRange(tokenizer.Count(text), 1, 3_000_000);

            // Quadratic merging takes minutes here; linear merging under a second.
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    public void An_encoding_is_found_by_its_name()
    {
        Assert.Equal(TokenEncoding.O200k, TokenEncodings.Find("o200k_base"));
        Assert.Equal(TokenEncoding.Cl100k, TokenEncodings.Find(TokenEncoding.Cl100k.Name()));
        Assert.Null(TokenEncodings.Find("p50k_base"));
    }
}
