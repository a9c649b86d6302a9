using Microsoft.AspNetCore.Http;

namespace Assay;

public sealed class QueryTests
{
    [Fact]
    public void What_is_absent_or_empty_is_null_and_no_problem()
    {
        var query = New("?limit=&status=");

        Assert.Null(query.Int("limit", 1, 200));
        Assert.Null(query.OneOf("status", "a", "b"));
        Assert.Null(query.Time("from"));
        Assert.Null(query.Problem);
    }

    [Fact]
    public void Values_are_read_in_the_invariant_culture_and_in_utc()
    {
        var query = New("?score=7.5&from=2026-01-31T12:00:00&day=2026-02-01");

        Assert.Equal(7.5, query.Number("score", 0, 10));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), query.Time("from"));
        Assert.Equal(new DateOnly(2026, 2, 1), query.Date("day"));
        Assert.Null(query.Problem);
    }

    [Fact]
    public void Every_wrong_parameter_is_named()
    {
        var query = New("?limit=0&after=%25&status=c&score=NaN&id=1&q=a%00b");

        query.Page();
        query.OneOf("status", "a", "b");
        query.Number("score", 0, 10);
        query.Id("id");
        query.Text("q");

        Assert.Equal(422, query.Problem!.Status);
        Assert.Equal(["after", "id", "limit", "q", "score", "status"], query.Problem.Errors!.Keys.Order());
        Assert.Equal(["expected one of a, b"], query.Problem.Errors["status"]);
    }

    [Fact]
    public void A_cursor_round_trips()
    {
        var id = Guid.CreateVersion7();

        var page = New($"?limit=7&after={Cursor.Encode([id.ToString()])}").Page();

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
        var query = New($"?after={after}");

        query.Page();

        Assert.Equal(["after"], query.Problem!.Errors!.Keys);
    }

    private static Query New(string query)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString(query);
        return new Query(http.Request);
    }
}
