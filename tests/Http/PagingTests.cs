using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class PagingTests
{
    private sealed record Row(Guid Id);

    [Fact]
    public async Task A_page_that_is_not_the_last_names_the_next_in_body_and_header()
    {
        var rows = Enumerable.Range(0, 3).Select(_ => new Row(Guid.CreateVersion7())).ToArray();

        var (body, http) = await AnswerAsync("?status=failed&after=old&code=secret", new PageRequest(2, null), rows);

        var next = (string)body["next"]!;
        Assert.Equal(2, body["items"]!.AsArray().Count);
        Assert.Equal([rows[1].Id.ToString()], Cursor.Decode(next)!);
        Assert.Equal($"</api/things?status=failed&after={next}>; rel=\"next\"", http.Response.Headers.Link.ToString());
    }

    [Fact]
    public async Task The_last_page_has_no_next()
    {
        var (body, http) = await AnswerAsync("", new PageRequest(2, null), [new Row(Guid.CreateVersion7())]);

        Assert.Single(body["items"]!.AsArray());
        Assert.Null(body["next"]);
        Assert.Empty(http.Response.Headers.Link.ToString());
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\0")]
    public void A_cursor_that_no_row_can_have_is_none(string part) =>
        Assert.Null(Cursor.Decode(Cursor.Encode(["2026-01-01", part])));

    private static async Task<(JsonObject, HttpContext)> AnswerAsync(string query, PageRequest page, Row[] rows)
    {
        var http = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
        };
        http.Request.Path = "/api/things";
        http.Request.QueryString = new QueryString(query);
        http.Response.Body = new MemoryStream();
        await Paging.Answer(http.Request, page, rows, row => row.Id).ExecuteAsync(http);
        http.Response.Body.Position = 0;
        return (JsonNode.Parse(http.Response.Body)!.AsObject(), http);
    }
}
