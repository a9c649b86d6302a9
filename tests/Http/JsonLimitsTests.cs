using System.Text;

namespace Assay;

public sealed class JsonLimitsTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("-0.0")]
    [InlineData("9223372036854775807")]
    [InlineData("-12345678901234567890123456789012345678")]
    [InlineData("0.1234567890123456789")]
    [InlineData("9.99e307")]
    [InlineData("1e+307")]
    [InlineData("1.5E-307")]
    [InlineData("0e307")]
    public void A_number_of_a_sane_size_is_within_the_limits(string number)
    {
        Assert.Null(FaultOf($$"""{"a":[{{number}}]}"""));
        // As Postgres writes 1e307.
        Assert.Null(FaultOf($"[1{new string('0', 307)}, 0.{new string('0', 306)}1]"));
    }

    [Theory]
    [InlineData("1e308")]
    [InlineData("1e-308")]
    [InlineData("1e131072")]
    [InlineData("1e200000")]
    [InlineData("1e-16384")]
    [InlineData("0e99999999999999999999")]
    [InlineData("0e-20000")]
    [InlineData("123456789012345678901234567890123456789")]
    public void A_number_that_no_column_or_reader_can_hold_is_named(string number)
    {
        var fault = FaultOf($"{{\"a\":{{\"b\":[1,{number}]}}}}");

        Assert.Equal("a.b[1]", fault!.Path);
        Assert.StartsWith("expected a number of at most 38 digits", fault.Expected);
    }

    [Fact]
    public void A_number_of_a_megabyte_is_named()
    {
        Assert.Equal("a", FaultOf($$"""{"a":0.1{{new string('0', 1_000_000)}}}""")!.Path);
        Assert.Equal("a", FaultOf($$"""{"a":1{{new string('0', 1_000_000)}}}""")!.Path);
    }

    [Theory]
    [InlineData("""{"a":["\u0000"]}""", "a[0]", "expected text without the character U+0000")]
    [InlineData("""{"a":{"b\u0000":1}}""", "a", "expected text without the character U+0000")]
    [InlineData("""{"a\u0000":1}""", "body", "expected text without the character U+0000")]
    [InlineData("""{"a":"x\ud800"}""", "a", "expected Unicode text")]
    [InlineData("""{"a":"\udc00\ud800"}""", "a", "expected Unicode text")]
    [InlineData("""{"a":"\ud800\ud800\udc00"}""", "a", "expected Unicode text")]
    [InlineData("""{"a":{"\udfff":1}}""", "a", "expected Unicode text")]
    [InlineData("""{"\ud800":1}""", "body", "expected Unicode text")]
    public void Text_that_cannot_be_stored_is_named(string json, string path, string expected) =>
        Assert.Equal(new JsonFault(path, expected, IsText: true), FaultOf(json));

    [Theory]
    [InlineData("""{"a":"\\u0000 \\ud800 \" \/ \ud83d\ude00 \u00e9"}""")]
    [InlineData("""{"":"é😀","a b":[[],{}]}""")]
    [InlineData("""[]""")]
    [InlineData(""" "text" """)]
    public void Other_text_is_within_the_limits(string json) => Assert.Null(FaultOf(json));

    [Fact]
    public void Bytes_that_are_not_utf_8_are_named() =>
        Assert.Equal("a", JsonLimits.FindFault([.. "{\"a\":\""u8, 0xc3, 0x28, .. "\"}"u8])!.Path);

    [Fact]
    public void What_is_within_a_limit_passes_and_one_more_does_not()
    {
        Assert.Null(FaultOf(Nested(JsonLimits.DepthMax)));
        Assert.Equal(
            new JsonFault(
                string.Concat(Enumerable.Repeat("[0]", JsonLimits.DepthMax)),
                "expected at most 32 objects and arrays within each other", IsText: false),
            FaultOf(Nested(JsonLimits.DepthMax + 1)));

        Assert.Null(FaultOf(Items(JsonLimits.MembersMax)));
        Assert.Equal(
            new JsonFault("a.items", "expected at most 10,000 items", IsText: false),
            FaultOf($"{{\"a\":{{\"items\":{Items(JsonLimits.MembersMax + 1)}}}}}"));
        Assert.Equal(
            new JsonFault("body", "expected at most 10,000 members", IsText: false),
            FaultOf($"{{{Members(JsonLimits.MembersMax + 1)}}}"));
        Assert.Equal(
            new JsonFault("body", "expected at most 100,000 values", IsText: false),
            FaultOf($"[{string.Join(',', Enumerable.Repeat(Items(1_000), 100))}]"));
    }

    [Fact]
    public void A_path_shows_the_beginning_of_a_long_name()
    {
        var fault = FaultOf($"{{\"{new string('n', 4_000)}\":{{\"b\":1e999}}}}");

        Assert.Equal($"{new string('n', 100)}….b", fault!.Path);
        Assert.Equal(
            new JsonFault("body", "expected names of at most 4,000 bytes", IsText: false),
            FaultOf($"{{\"{new string('n', 4_001)}\":1}}"));
    }

    private static JsonFault? FaultOf(string json) => JsonLimits.FindFault(Encoding.UTF8.GetBytes(json));

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private static string Members(int count) =>
        string.Join(',', Enumerable.Range(0, count).Select(n => $"\"{n}\":1"));

    private static string Items(int count) => $"[{string.Join(',', Enumerable.Repeat("{}", count))}]";
}
