using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class ConditionalTests
{
    [Theory]
    [InlineData(null, 428)]
    [InlineData("\"2\"", 412)]
    [InlineData("W/\"3\"", 412)]
    [InlineData("3", 412)]
    [InlineData("\"3\"", null)]
    [InlineData("\"1\", \"3\"", null)]
    [InlineData("*", null)]
    public void A_change_names_the_present_version(string? ifMatch, int? status)
    {
        var http = New();
        http.Request.Headers.IfMatch = ifMatch;

        Assert.Equal(status, Conditional.Refusal(http.Request, 3)?.Status);
    }

    [Theory]
    [InlineData("GET", "\"3\"", 304)]
    [InlineData("GET", "W/\"3\"", 304)]
    [InlineData("GET", "*", 304)]
    [InlineData("GET", "\"4\"", 200)]
    [InlineData("GET", "nonsense", 200)]
    [InlineData("PATCH", "\"3\"", 200)]
    public async Task A_reader_who_has_the_version_is_not_sent_it_again(string method, string ifNoneMatch, int status)
    {
        var http = New();
        http.Request.Method = method;
        http.Request.Headers.IfNoneMatch = ifNoneMatch;

        await Conditional.Ok(http.Request, 3, new { a = 1 }).ExecuteAsync(http);

        Assert.Equal(status, http.Response.StatusCode);
        Assert.Equal("\"3\"", http.Response.Headers.ETag.ToString());
    }

    [Fact]
    public async Task What_has_no_version_is_tagged_by_its_content()
    {
        var (one, same, other) = (New(), New(), New());
        await Conditional.Ok(one.Request, new { a = 1 }).ExecuteAsync(one);
        await Conditional.Ok(same.Request, new { a = 1 }).ExecuteAsync(same);
        await Conditional.Ok(other.Request, new { a = 2 }).ExecuteAsync(other);

        Assert.Equal(one.Response.Headers.ETag, same.Response.Headers.ETag);
        Assert.NotEqual(one.Response.Headers.ETag, other.Response.Headers.ETag);
    }

    [Fact]
    public async Task What_is_created_says_where_it_is_and_which_version()
    {
        var http = New();
        http.Request.PathBase = "/base";

        await Created.At(http.Request, "teams/5", new { a = 1 }, version: 1).ExecuteAsync(http);

        Assert.Equal(
            (201, "/base/api/teams/5", "\"1\""),
            (http.Response.StatusCode, $"{http.Response.Headers.Location}", $"{http.Response.Headers.ETag}"));
    }

    private static DefaultHttpContext New() => new()
    {
        Request = { Method = "GET" },
        RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
    };
}
