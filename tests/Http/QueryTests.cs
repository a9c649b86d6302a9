using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class QueryTests
{
    private sealed record Sample(
        [AllowedValues("a", "b")] string? Status,
        [Range(0.0, 10.0)] double? Score,
        DateTimeOffset? From,
        DateOnly? Day,
        Guid? Id,
        [MaxLength(5)] string? Q,
        Kind? Kind,
        bool Deep = false) : PageQuery;

    private sealed record Needy(string Name);

    private enum Kind
    {
        Plain,
        TwoWords,
    }

    [Fact]
    public void What_is_absent_or_empty_takes_its_default()
    {
        var query = Good("?limit=&status=");

        Assert.Equal(50, query.Limit);
        Assert.Null(query.Status);
        Assert.Null(query.From);
        Assert.False(query.Deep);
    }

    [Fact]
    public void Values_are_read_in_the_invariant_culture_and_in_utc()
    {
        var query = Good("?score=7.5&from=2026-01-31T12:00:00&day=2026-02-01&kind=twoWords&deep=true&q=5");

        Assert.Equal(7.5, query.Score);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), query.From);
        Assert.Equal(new DateOnly(2026, 2, 1), query.Day);
        Assert.Equal(Kind.TwoWords, query.Kind);
        Assert.True(query.Deep);
        Assert.Equal("5", query.Q);
    }

    [Theory]
    [InlineData("limit=0", "expected a whole number from 1 to 200")]
    [InlineData("limit=1.5", "expected a whole number from 1 to 200")]
    [InlineData("limit=99999999999", "expected a whole number from 1 to 200")]
    [InlineData("after=%25", "expected a cursor that an earlier page gave as next")]
    [InlineData("status=c", "expected one of a, b")]
    [InlineData("score=NaN", "expected a number from 0 to 10")]
    [InlineData("score=1e999", "expected a number from 0 to 10")]
    [InlineData("id=1", "expected a UUID")]
    [InlineData("q=123456", "expected a string of at most 5 characters")]
    [InlineData("q=a%00b", "expected text without the character U+0000")]
    [InlineData("from=soon", "expected an RFC 3339 time such as 2026-01-31T12:00:00Z")]
    [InlineData("day=2026-02-30", "expected a date such as 2026-01-31")]
    [InlineData("kind=other", "expected one of plain, twoWords")]
    [InlineData("deep=yes", "expected true or false")]
    public void A_value_that_does_not_fit_is_named_with_what_was_expected(string parameter, string expected)
    {
        var problem = Query.Read<Sample>(New($"?{parameter}"), out _);

        Assert.Equal(422, problem!.Status);
        Assert.Equal([expected], problem.Errors![parameter.Split('=')[0]]);
    }

    [Fact]
    public void Every_wrong_parameter_is_named_at_once()
    {
        var broken = Query.Read<Sample>(New("?limit=0&after=x&status=c"), out _);
        var unreadable = Query.Read<Sample>(New("?id=1&score=x&kind=other"), out _);

        Assert.Equal(["after", "limit", "status"], broken!.Errors!.Keys.Order());
        Assert.Equal(["id", "kind", "score"], unreadable!.Errors!.Keys.Order());
    }

    [Fact]
    public void What_is_required_is_named_when_it_is_absent()
    {
        var problem = Query.Read<Needy>(New(""), out _);

        Assert.Equal(["required: expected a string"], problem!.Errors!["name"]);
    }

    [Fact]
    public void Parameters_that_are_unknown_or_repeated_are_refused()
    {
        var problem = Query.Read<Sample>(New("?state=a&q=1&q=2&code=key"), out _);

        Assert.Equal(400, problem!.Status);
        Assert.Equal(["q", "state"], problem.Errors!.Keys.Order());
        Assert.StartsWith("unknown parameter; known are status, score,", problem.Errors["state"][0]);
        Assert.Equal(["expected once"], problem.Errors["q"]);
        Assert.Equal(
            ["unknown parameter; there are none here"], Query.Refusal(New("?a=1"), null)!.Errors!["a"]);
    }

    [Fact]
    public void A_cursor_round_trips()
    {
        var id = Guid.CreateVersion7();

        var page = Good($"?limit=7&after={Cursor.Encode([id.ToString()])}").Page();

        Assert.Equal(7, page.Limit);
        Assert.Equal(8, page.Fetch);
        Assert.Equal(id, page.AfterId);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("W10")]
    [InlineData("WyJ4Il0")]
    [InlineData("W251bGxd")]
    [InlineData("WyJhIiwiYiJd")]
    public void A_cursor_that_no_page_gave_is_refused(string after)
    {
        var problem = Query.Read<Sample>(New($"?after={after}"), out _);

        Assert.Equal(["after"], problem!.Errors!.Keys);
    }

    private static Sample Good(string query)
    {
        Assert.Null(Query.Read<Sample>(New(query), out var read));
        return read;
    }

    private static HttpRequest New(string query)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString(query);
        return http.Request;
    }
}
