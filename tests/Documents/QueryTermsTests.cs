namespace Assay;

public sealed class QueryTermsTests
{
    [Theory]
    [InlineData("refund policy", "refund policy")]
    [InlineData("a a A a", "a")]
    [InlineData("  - \"\" ... a", "a")]
    [InlineData("\"two  words\" -\"two words\" -two two", "\"two  words\" -\"two words\" -two two")]
    [InlineData("a b OR a c or or b", "a b or a c or b")]
    public void Terms_stand_once_in_each_alternative(string query, string terms) =>
        Assert.Equal(terms, QueryTerms.Of(query));

    [Fact]
    public void A_plain_hybrid_query_is_searched_for_its_longest_words_and_others_say_that_they_are_too_long()
    {
        var query = string.Join(' ', Enumerable.Range(90, 20));

        Assert.Equal(string.Join(' ', Enumerable.Range(90, 6).Concat(Enumerable.Range(100, 10))), QueryTerms.Of(query));
        Assert.Null(QueryTerms.Problem(query, SearchMode.Hybrid));
        Assert.Null(QueryTerms.Problem(query, SearchMode.Vector));
        Assert.Equal("expected at most 16 different words", QueryTerms.Problem(query, SearchMode.Text));
        Assert.NotNull(QueryTerms.Problem($"\"{query}\"", SearchMode.Hybrid));
        Assert.NotNull(QueryTerms.Problem(query.Replace(' ', '-'), SearchMode.Text));
        Assert.NotNull(QueryTerms.Problem("a* b* c* d* e* f* g* h* i*", SearchMode.Text));
        Assert.Null(QueryTerms.Problem("a* b* c* d* e* f* g* h*", SearchMode.Text));
    }
}
