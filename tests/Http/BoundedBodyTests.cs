using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>The largest bodies that are accepted, filled with what costs most to read.</summary>
public sealed class BoundedBodyTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly AssayApp app = shared.App;

    public static TheoryData<string, string> Wide() => new()
    {
        { "unknown members", $"{{\"title\":\"a\",\"content\":{{}},{Many(8, n => $"\"m{n}\":1")}}}" },
        { "items that are objects", $"{{\"items\":[{Many(8, _ => "{}")}]}}" },
        { "items of metadata", $"{{\"title\":\"a\",\"content\":{{}},\"metadata\":{{\"a\":[{Many(8, _ => "[]")}]}}}}" },
        { "long names", $"{{\"{new string('n', 4_000_000)}\":1,\"{new string('m', 4_000_000)}\":1}}" },
        { "deep arrays", new string('[', 4_000_000) + new string(']', 4_000_000) },
    };

    [Theory]
    [MemberData(nameof(Wide), DisableDiscoveryEnumeration = true)]
    public async Task A_full_body_is_refused_without_building_anything_of_it(string _, string json)
    {
        var request = Request(json);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var body = await JsonBody.ReadAsync<EntityBody>(request, CancellationToken.None);

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // The bytes themselves, read into a buffer that doubles.
        Assert.InRange(allocated, 0, 5 * JsonBody.BytesMax);
        Assert.InRange(body.Problem!.Status, 400, 422);
        Assert.True(JsonSerializer.Serialize(body.Problem.Errors).Length < 100_000);
    }

    [Fact]
    public async Task A_hundred_errors_are_reported_and_no_more()
    {
        var client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
        var items = string.Join(',', Enumerable.Range(0, 9_000).Select(n => $$"""{"x{{n}}":1}"""));

        var bulk = await SendAsync(client, HttpMethod.Post, "/api/entities/bulk", $"{{\"items\":[{items}]}}");
        var members = string.Join(',', Enumerable.Range(0, 9_000).Select(n => $"\"x{n}\":1"));
        var prompt = await SendAsync(client, HttpMethod.Post, "/api/prompts", $"{{{members}}}");

        Assert.Equal(FieldErrors.Max, (await bulk.ErrorsAsync(HttpStatusCode.BadRequest)).Count);
        Assert.Equal(FieldErrors.Max, (await prompt.ErrorsAsync(HttpStatusCode.BadRequest)).Count);
    }

    public static TheoryData<string, string, string, string> Columns() => new()
    {
        { "POST", "prompts", """{"title":"a","content":{"text":"a"},"metadata":{"a":[NUMBER]}}""", "metadata.a[0]" },
        {
            "POST", "templates",
            """{"title":"a","content":{"text":"{{n}}","variables":[{"name":"n","type":"number","default":NUMBER}]}}""",
            "content.variables[0].default"
        },
        {
            "POST", "entities/bulk", """{"items":[{"entity":{"metadata":{"a":NUMBER}}}]}""",
            "items[0].entity.metadata.a"
        },
        { "PATCH", "prompts/ID", """{"metadata":{"a":NUMBER}}""", "metadata.a" },
        { "POST", "prompts/ID/compose", """{"variables":{"n":NUMBER}}""", "variables.n" },
        { "PUT", "settings/response-cache-seconds", """{"value":NUMBER}""", "value" },
        { "PATCH", "organization", """{"metadata":{"a":NUMBER}}""", "metadata.a" },
        { "POST", "mcp", """{"jsonrpc":"2.0","method":"ping","id":NUMBER}""", "id" },
    };

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task A_number_that_postgres_cannot_hold_is_named_wherever_it_stands(
        string method, string path, string body, string field)
    {
        var client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner);
        var prompt = await client.AddPromptAsync("Hello", "Say {{n}}.");
        foreach (var number in new[] { "1e200000", "1e131072", "1e-16384" })
        {
            var answer = await SendAsync(
                client, new(method), $"/api/{path.Replace("ID", $"{prompt.Id}")}", body.Replace("NUMBER", number));

            Assert.Equal(field, Assert.Single(await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Key);
        }
    }

    [Fact]
    public async Task A_long_id_stays_as_it_is()
    {
        var client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);

        var answer = await SendAsync(
            client, HttpMethod.Post, "/api/prompts",
            """{"title":"a","content":{"text":"a"},"metadata":{"id":12345678901234567890123456789012345678}}""");

        Assert.Contains("12345678901234567890123456789012345678", await answer.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, string json)
    {
        var type = method == HttpMethod.Patch ? MergePatch.ContentType : "application/json";
        var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, type) };
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return client.SendAsync(request);
    }

    private static string Many(int megabytes, Func<int, string> item)
    {
        var text = new StringBuilder();
        for (var n = 0; text.Length < (megabytes << 20) - 1000; n++)
            text.Append(n == 0 ? "" : ",").Append(item(n));
        return text.ToString();
    }

    private static HttpRequest Request(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var http = new DefaultHttpContext();
        http.Request.ContentType = "application/json";
        http.Request.ContentLength = bytes.Length;
        http.Request.Body = new MemoryStream(bytes);
        return http.Request;
    }
}
