using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Assay.HostSample;

namespace Assay.Hosting;

/// <summary>One app for all of them: none changes what another sees.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private FunctionsTestHost app = null!;

    public async Task InitializeAsync() =>
        app = await FunctionsTestHost.StartAsync(typeof(HttpSamples).Assembly, Storage.NewSettings());

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Theory]
    [InlineData("/api/hello", "Hello, you")]
    [InlineData("/API/HELLO/Ada", "Hello, Ada")]
    [InlineData("/api/numbered/7", "7")]
    [InlineData("/api/asked?what=by%20query", "by query")]
    public async Task A_route_finds_its_function_and_fills_its_parameters(string path, string answer) =>
        Assert.Equal(answer, await app.Client.GetStringAsync(path));

    [Theory]
    [InlineData("GET", "/api/nothing")]
    [InlineData("GET", "/hello")]
    [InlineData("POST", "/api/hello")]
    [InlineData("GET", "/api/thing")]
    [InlineData("GET", "/api/numbered/seven")]
    [InlineData("GET", "/api/numbered/0")]
    [InlineData("GET", "/api/admin/reserved")]
    [InlineData("GET", "/runtime/webhooks/nobody/x")]
    public async Task What_no_function_serves_is_an_empty_404(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Functions_share_a_route_by_method()
    {
        using var put = await app.Client.PutAsync("/api/thing", null);
        using var delete = await app.Client.DeleteAsync("/api/thing");
        Assert.Equal("put", await put.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NoContent, delete.StatusCode);
    }

    [Fact]
    public async Task A_body_of_eighty_megabytes_arrives_whole()
    {
        using var body = new ByteArrayContent(new byte[80_000_000]);
        using var answer = await app.Client.PostAsync("/api/length", body);
        Assert.Equal("80000000", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_past_the_limit_is_refused_with_413(bool tellsItsLength)
    {
        using var content = new ByteArrayContent(new byte[104_857_601]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/length") { Content = content };
        request.Headers.TransferEncodingChunked = !tellsItsLength;
        // The answer comes before the body has gone.
        request.Headers.ExpectContinue = tellsItsLength;
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task An_answer_reaches_its_client_while_the_function_writes_it()
    {
        using var answer = await app.Client.GetAsync("/api/halves/one", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("first", await reader.ReadLineAsync());
        using var told = await app.Client.PostAsync("/api/tell/one", null);
        Assert.Equal("second", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_hangs_up_cancels_its_function()
    {
        var what = Guid.NewGuid().ToString("n");
        using var hangUp = new CancellationTokenSource();
        var call = app.Client.GetAsync($"/api/wait/{what}?seconds=9", hangUp.Token);
        await Eventually.HoldsAsync(() => CountedAsync($"waiting {what}"), "the function runs");
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.HoldsAsync(() => CountedAsync($"cancelled {what}"), "the function is cancelled");
    }

    [Fact]
    public async Task A_function_that_throws_is_an_empty_500()
    {
        using var answer = await app.Client.GetAsync("/api/fail");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_function_that_throws_in_the_middle_of_its_answer_breaks_it_off() =>
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => app.Client.GetStringAsync("/api/fail-late"));

    [Fact]
    public async Task The_worker_sees_host_peer_and_trace_of_the_request()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/request");
        request.Headers.Host = "assay.example";
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        request.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var answer = await app.Client.SendAsync(request);
        var seen = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(("assay.example", "127.0.0.1"), ((string)seen["host"]!, (string)seen["forwardedFor"]!));
        Assert.StartsWith($"00-{trace}-", (string)seen["trace"]!, StringComparison.Ordinal);
        Assert.StartsWith($"00-{trace}-", (string)seen["forwardedTrace"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_administration_tells_what_there_is_and_what_is_in_error()
    {
        var functions = JsonNode.Parse(await app.Client.GetStringAsync("/admin/functions"))!.AsArray();
        Assert.Contains(functions, one => (string)one!["name"]! == "Hello");
        Assert.Equal("{}", await app.Client.GetStringAsync("/admin/functions/Hello/status"));
        Assert.Contains(
            "conflicts with one or more built in routes",
            await app.Client.GetStringAsync("/admin/functions/Reserved/status"), StringComparison.Ordinal);
        var status = JsonNode.Parse(await app.Client.GetStringAsync("/admin/host/status"))!;
        Assert.Equal("Running", (string)status["state"]!);
    }

    [Theory]
    [InlineData("Square", "application/json", """{"input":"4"}""", HttpStatusCode.Accepted)]
    [InlineData("Tick", "application/json", "{}", HttpStatusCode.Accepted)]
    [InlineData("Nobody", "application/json", "{}", HttpStatusCode.NotFound)]
    [InlineData("Tick", "application/json", "{", HttpStatusCode.BadRequest)]
    [InlineData("Tick", "text/plain", "{}", HttpStatusCode.UnsupportedMediaType)]
    public async Task Running_a_function_by_hand_is_accepted_or_refused(
        string function, string type, string body, HttpStatusCode status)
    {
        using var content = new StringContent(body, new MediaTypeHeaderValue(type));
        using var answer = await app.Client.PostAsync($"/admin/functions/{function}", content);
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("/admin/functions", "Origin", "https://elsewhere.example")]
    [InlineData("/admin/functions", "Host", "elsewhere.example")]
    [InlineData("/admin/functions", "Sec-Fetch-Site", "cross-site")]
    [InlineData("/runtime/webhooks/durabletask/instances", "Origin", "https://elsewhere.example")]
    [InlineData("/runtime/webhooks/durabletask/instances", "Host", "elsewhere.example")]
    public async Task Pages_of_others_do_not_reach_the_administration(string path, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private async Task<bool> CountedAsync(string what) =>
        await app.Client.GetStringAsync($"/api/count/{Uri.EscapeDataString(what)}") == "1";
}
