using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class UploadTests(DocumentsApp fixture) : IClassFixture<DocumentsApp>
{
    [Fact]
    public async Task A_file_may_be_the_body()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        var content = new ByteArrayContent("# Notes\ntext"u8.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("text/markdown");

        var response = await api.Client.PostAsync(
            "/api/documents?name=sub/notes&title=Größe&encoding=o200k&chunkSize=100&chunkOverlap=10", content);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var id = (Guid)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!;
        var document = await api.EndedAsync(id);
        Assert.Equal("completed", (string)document["status"]!);
        Assert.Equal(($"{slug}/sub/notes", "Größe", "o200k"),
            ((string)document["blobPath"]!, (string)document["title"]!, (string)document["encoding"]!));
        Assert.Equal(("text/markdown", 100, 10),
            ((string)document["contentType"]!, (int)document["chunkSize"]!, (int)document["chunkOverlap"]!));
    }

    [Theory]
    [InlineData("chunkSize", "31")]
    [InlineData("chunkSize", "many")]
    [InlineData("chunkOverlap", "257")]
    [InlineData("encoding", "p50k")]
    [InlineData("name", "../other/file.txt")]
    [InlineData("title", "a\0b")]
    [InlineData("colour", "red", HttpStatusCode.BadRequest)]
    public async Task Fields_that_are_wrong_are_named(
        string field, string value, HttpStatusCode status = HttpStatusCode.UnprocessableEntity)
    {
        var (_, api) = await fixture.NewOrganizationAsync();

        var response = await api.UploadAsync("a.txt", "text"u8.ToArray(), (field, value));

        Assert.Equal(status, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.NotNull(problem["errors"]![field]);
        Assert.Empty((await api.GetAsync("documents"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key")]
    public async Task A_form_of_very_many_parts_or_with_a_very_long_boundary_is_malformed(string? key)
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var many = new MultipartFormDataContent();
        foreach (var number in Enumerable.Range(0, 1000))
            many.Add(new StringContent("a"), $"field{number}");
        var far = new MultipartFormDataContent(new string('b', 70));
        far.Add(new StringContent("a"), "title");
        far.Headers.Remove("Content-Type");
        far.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={new string('b', 6000)}");

        foreach (var form in new[] { many, far })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/api/documents") { Content = form };
            if (key is not null)
                request.Headers.Add(IdempotencyMiddleware.Header, $"{key}-{Guid.NewGuid()}");
            var answer = await api.Client.SendAsync(request);
            Assert.InRange((int)answer.StatusCode, 400, 413);
        }
    }

    [Fact]
    public async Task A_name_is_cut_to_a_title_between_code_points()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var name = Uri.EscapeDataString($"{new string('a', 499)}😀.txt");

        var response = await api.Client.PostAsync(
            $"/api/documents?name={name}", new ByteArrayContent("text"u8.ToArray()));

        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        Assert.Equal(new string('a', 499), (string)JsonNode.Parse(body)!["title"]!);
    }

    [Fact]
    public async Task The_name_of_an_analysis_is_cut_from_a_title_between_code_points()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("a.txt", "Sum up the text.", ("title", $"{new string('a', 254)}😀"));

        var response = await api.Client.PostAsJsonAsync("/api/analyses", new { documentId = id });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task A_content_type_that_no_header_can_carry_counts_as_none()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var form = new ByteArrayContent(Encoding.UTF8.GetBytes(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
            + "Content-Type: größe/日\r\n\r\ntext\r\n--x--\r\n"));
        form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");

        var response = await api.Client.PostAsync("/api/documents", form);

        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        Assert.Null(JsonNode.Parse(body)!["contentType"]);
    }

    [Fact]
    public async Task An_empty_file_is_refused()
    {
        var (_, api) = await fixture.NewOrganizationAsync();

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await api.UploadAsync("a.txt", [])).StatusCode);
    }

    [Theory]
    [InlineData(2_000_001)]
    [InlineData(100_000_000)]
    public async Task A_file_that_is_too_large_is_refused_through_either_way(int length)
    {
        var (_, api) = await fixture.NewOrganizationAsync();

        using var body = new StreamContent(new MemoryStream(new byte[length]));
        body.Headers.ContentLength = null;

        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge, await StatusAsync(() => api.UploadAsync("a.txt", new byte[length])));
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            await StatusAsync(() => api.Client.PostAsync("/api/documents?name=a.txt", body)));
        Assert.Empty((await api.GetAsync("documents"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_request_without_a_file_is_refused()
    {
        var (_, api) = await fixture.NewOrganizationAsync();

        var json = await api.Client.PostAsync(
            "/api/documents", new StringContent("{}", Encoding.UTF8, "application/json"));
        var form = await api.Client.PostAsync(
            "/api/documents", new MultipartFormDataContent { { new StringContent("A title"), "title" } });
        var broken = new StringContent("--x\r\nbroken");
        broken.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, form.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await api.Client.PostAsync("/api/documents", broken)).StatusCode);
    }

    [Fact]
    public async Task A_document_that_did_not_change_is_not_sent_again()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("a.txt", "text");

        var first = await api.Client.GetAsync($"/api/documents/{id}");
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/documents/{id}");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        Assert.Equal(HttpStatusCode.NotModified, (await api.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        foreach (var name in new[] { "one.md", "two.md", "three.txt" })
            await api.IngestAsync(name, $"text of {name}");

        var page = await api.GetAsync("documents?limit=2");
        var rest = await api.GetAsync($"documents?limit=2&after={page["next"]}");

        Assert.Equal(["three.txt", "two.md"], Titles(page));
        Assert.Equal(["one.md"], Titles(rest));
        Assert.Equal(["two.md", "one.md"], Titles(await api.GetAsync("documents?contentType=text/markdown")));
        Assert.Equal(["two.md"], Titles(await api.GetAsync("documents?q=TWO")));
        Assert.Empty(Titles(await api.GetAsync("documents?status=failed")));
        foreach (var wrong in new[] { "status=odd", "q=%00", "limit=0", "after=x" })
        {
            var response = await api.Client.GetAsync($"/api/documents?{wrong}");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        }
    }

    [Fact]
    public async Task Documents_of_another_organization_do_not_exist()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var (_, other) = await fixture.NewOrganizationAsync();
        var id = await api.IngestAsync("a.txt", "Private matters.");

        Assert.Equal(HttpStatusCode.NotFound, (await other.Client.GetAsync($"/api/documents/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Client.GetAsync($"/api/documents/{id}/chunks")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Client.DeleteAsync($"/api/documents/{id}")).StatusCode);
        Assert.Empty(await other.SearchAsync(new { query = "private" }));
    }

    private static IEnumerable<string> Titles(JsonNode page) =>
        page["items"]!.AsArray().Select(document => (string)document!["title"]!);

    // A server that refuses may close the connection while the client still sends.
    private static async Task<HttpStatusCode> StatusAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            return (await send()).StatusCode;
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            return HttpStatusCode.RequestEntityTooLarge;
        }
    }
}
