using System.Net;
using System.Net.Http.Json;
using Assay.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class HttpFunctionTests : IAsyncLifetime
{
    private FunctionsTestHost host = null!;

    public async Task InitializeAsync() => host = await FunctionsTestHost.StartAsync(
        [typeof(HttpSampleFunctions)],
        new Dictionary<string, string?> { ["AzureFunctionsJobHost__functionTimeout"] = "00:00:05" },
        builder => builder.Services.AddScoped<Visit>());

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    [Fact]
    public async Task A_route_without_a_template_is_the_name_under_the_prefix_in_any_case()
    {
        Assert.Equal($"GET {host.Address.Authority} ?a=1", await host.Client.GetStringAsync("/API/eCHO?a=1"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("/echo")).StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/unknown")]
    [InlineData("DELETE", "/api/Plain")]
    [InlineData("GET", "/api/things/no-guid/parts/1")]
    [InlineData("GET", "/api/things/7d444840-9dc0-11d1-b245-5ffdce74fad2/parts/one")]
    public async Task What_no_function_serves_is_an_empty_404(string method, string path)
    {
        var response = await host.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Values_come_from_route_query_and_headers()
    {
        var id = Guid.NewGuid();
        var request = new HttpRequestMessage(
            HttpMethod.Get, $"/api/things/{id}/parts/7?note=hi&pick=1&pick=2");
        request.Headers.Add("x-color", "blue");

        var body = await (await host.Client.SendAsync(request)).Content.ReadAsStringAsync();

        Assert.Equal($$"""{"id":"{{id}}","number":7,"note":"hi","pick":[1,2],"color":"blue"}""", body);
    }

    [Fact]
    public async Task Two_functions_share_a_route_by_method()
    {
        var response = await host.Client.PostAsJsonAsync(
            $"/api/things/{Guid.NewGuid()}/parts/7", new Greeting("Ada", 1));

        Assert.Equal(new Greeting("Ada", 2), await response.Content.ReadFromJsonAsync<Greeting>());
    }

    [Fact]
    public async Task A_plain_object_is_read_from_and_written_as_JSON()
    {
        var response = await host.Client.PostAsJsonAsync("/api/Plain", new Greeting("Ada", 3));

        Assert.Equal("""{"name":"Ada","count":3}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_workers_own_request_and_response_work()
    {
        var response = await host.Client.PutAsync("/api/worker/a/b?q=x", new StringContent("body"));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("a/b", response.Headers.GetValues("x-rest").Single());
        Assert.StartsWith("crumb=1", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Equal("body True x", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_result_type_can_have_the_answer_in_a_property() =>
        Assert.Equal(418, (int)(await host.Client.GetAsync("/api/Two")).StatusCode);

    [Fact]
    public async Task A_function_without_a_result_answers_with_what_it_set()
    {
        var response = await host.Client.GetAsync("/api/Nothing");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("yes", response.Headers.GetValues("x-seen").Single());
    }

    [Fact]
    public async Task What_a_function_throws_is_an_empty_500()
    {
        var response = await host.Client.GetAsync("/api/Broken");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Constructor_and_context_share_a_scope_that_ends_with_the_request()
    {
        var before = Visit.Disposed;

        Assert.Equal("True", await host.Client.GetStringAsync("/api/Services"));

        await Eventually.TrueAsync(
            () => Task.FromResult(Visit.Disposed > before), null, () => "The scope was not disposed of.");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/Count")
        {
            Content = new StreamContent(new ZeroStream(104_857_601)),
        };
        // The body is not sent before the server has agreed to read it.
        request.Headers.ExpectContinue = true;

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await host.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_body_at_the_limit_arrives()
    {
        var response = await host.Client.PostAsync("/api/Count", new StreamContent(new ZeroStream(104_857_600)));

        Assert.Equal("104857600", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_response_is_sent_while_the_function_still_runs()
    {
        using var response = await host.Client.GetAsync("/api/Stream", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("first", await reader.ReadLineAsync());
        Gates.Open("stream");
        Assert.Equal("second", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_function_over_its_time_is_cancelled_and_answers_500()
    {
        var response = await host.Client.GetAsync("/api/Forever");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        await Gates.Wait("forever-ended");
    }

    [Fact]
    public async Task The_root_is_a_page()
    {
        var response = await host.Client.GetAsync("/");

        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
    }

    private sealed class ZeroStream(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Position);
            Position += read;
            Array.Clear(buffer, offset, read);
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = offset;

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
