using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

public sealed partial class SearchReadmeTests(SearchApp fixture) : IClassFixture<SearchApp>
{
    [Fact]
    public async Task Every_example_of_the_page_is_answered()
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        var page = await File.ReadAllTextAsync(Repository.PathOf("shared/Search/README.md"));
        var bodies = Body().Matches(page).Select(match => match.Groups[1].Value).ToArray();

        Assert.Equal(3, bodies.Length);
        foreach (var body in bodies)
            await (await client.PostAsync("/api/search", new StringContent(body, Encoding.UTF8, "application/json")))
                .ReadAsync<ContentPage>(HttpStatusCode.OK);
    }

    [GeneratedRegex("-d '([^']+)'")]
    private static partial Regex Body();
}
