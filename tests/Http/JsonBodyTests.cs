using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class JsonBodyTests
{
    private sealed record Sample(
        string Text, [Range(0, 100)] int? Count, Guid? Id, Kind? Kind, Inner? Inner, IReadOnlyList<int>? Numbers);

    private sealed record Inner(bool Flag);

    private enum Kind
    {
        Plain,
        TwoWords,
    }

    [Fact]
    public async Task A_good_body_becomes_its_type()
    {
        var body = await ReadAsync(
            """{"text":"a\\u0000","count":2,"kind":"twoWords","inner":{"flag":true},"numbers":[1,2]}""");

        Assert.Null(body.Problem);
        Assert.Equal("a\\u0000", body.Value!.Text);
        Assert.Equal(Kind.TwoWords, body.Value.Kind);
        Assert.True(body.Value.Inner!.Flag);
        Assert.Equal([1, 2], body.Value.Numbers!);
    }

    [Theory]
    [InlineData(
        """{"text":"a","extra":1}""", "extra", "unknown member; known are text, count, id, kind, inner, numbers")]
    [InlineData("""{"text":"a","inner":{"flag":true,"flog":1}}""", "inner.flog", "unknown member; known are flag")]
    [InlineData("""{}""", "text", "required: expected a string")]
    [InlineData("""{"text":null}""", "text", "expected a string, not null")]
    [InlineData("""{"text":5}""", "text", "expected a string")]
    [InlineData("""{"text":"a\u0000b"}""", "text", "expected text without the character U+0000")]
    [InlineData("""{"text":"a","count":"5"}""", "count", "expected a whole number from 0 to 100")]
    [InlineData("""{"text":"a","count":5000000000}""", "count", "expected a whole number from 0 to 100")]
    [InlineData("""{"text":"a","id":"x"}""", "id", "expected a UUID")]
    [InlineData("""{"text":"a","kind":"other"}""", "kind", "expected one of plain, twoWords")]
    [InlineData("""{"text":"a","kind":1}""", "kind", "expected one of plain, twoWords")]
    [InlineData("""{"text":"a","inner":[]}""", "inner", "expected an object")]
    [InlineData("""{"text":"a","inner":{}}""", "inner.flag", "required: expected true or false")]
    [InlineData("""{"text":"a","numbers":[1,"x"]}""", "numbers[1]", "expected a whole number")]
    [InlineData("""{"text":"a","numbers":{}}""", "numbers", "expected an array")]
    [InlineData("""[]""", "body", "expected an object")]
    [InlineData("""null""", "body", "expected an object")]
    public async Task A_member_that_does_not_fit_is_named_with_what_was_expected(
        string json, string field, string expected)
    {
        var body = await ReadAsync(json);

        Assert.Equal(400, body.Problem!.Status);
        var error = Assert.Single(body.Problem.Errors!);
        Assert.Equal(field, error.Key);
        Assert.Equal([expected], error.Value);
    }

    [Fact]
    public async Task Every_wrong_member_is_named_at_once()
    {
        var body = await ReadAsync("""{"count":"x","id":1,"more":true}""");

        Assert.Equal(["count", "id", "more", "text"], body.Problem!.Errors!.Keys.Order());
    }

    [Fact]
    public async Task Rules_are_checked_once_the_shape_is_right()
    {
        var body = await ReadAsync("""{"text":"a","count":1000}""");

        Assert.Equal(422, body.Problem!.Status);
        Assert.Equal(["expected a whole number from 0 to 100"], body.Problem.Errors!["count"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"text":"a"}}""")]
    [InlineData("""{"text":"a","text":"b"}""")]
    [InlineData("""{"text":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"\ud800":1,"\udc00":2}""")]
    public async Task Broken_json_is_malformed(string json)
    {
        var body = await ReadAsync(json);

        Assert.Equal(400, body.Problem!.Status);
    }

    [Fact]
    public async Task Another_content_type_is_refused()
    {
        var body = await ReadAsync("text=a", "application/x-www-form-urlencoded");

        Assert.Equal(415, body.Problem!.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_too_large_whether_its_length_is_declared_or_not(bool declared)
    {
        var json = $$"""{"text":"{{new string('a', JsonBody.BytesMax)}}"}""";

        var body = await ReadAsync(json, declared: declared);

        Assert.Equal(413, body.Problem!.Status);
    }

    private static Task<JsonBody<Sample>> ReadAsync(
        string json, string contentType = "application/json", bool declared = true)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var http = new DefaultHttpContext();
        http.Request.ContentType = contentType;
        http.Request.ContentLength = declared ? bytes.Length : null;
        http.Request.Body = new MemoryStream(bytes);
        return JsonBody.ReadAsync<Sample>(http.Request, CancellationToken.None);
    }
}
