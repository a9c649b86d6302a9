using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Assay;

public sealed class OpenApiFunctionsTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task Anybody_may_read_the_description()
    {
        var answer = await app.Client.GetAsync("/api/openapi.json");

        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            OpenApiDocument.Write(RouteTable.Read(typeof(RouteTable).Assembly)),
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_page_runs_its_own_script_and_loads_nothing_from_elsewhere()
    {
        var answer = await app.Client.GetAsync("/api/docs");
        var html = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.DoesNotContain("://", html);
        Assert.Contains($"'{Hash(html, "style")}'", policy);
        Assert.Contains($"'{Hash(html, "script")}'", policy);
    }

    private static string Hash(string html, string tag)
    {
        var start = html.LastIndexOf($"<{tag}>", StringComparison.Ordinal) + tag.Length + 2;
        var content = html[start..html.IndexOf($"</{tag}>", start, StringComparison.Ordinal)];
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(content));
        return $"sha256-{Convert.ToBase64String(hash)}";
    }
}
