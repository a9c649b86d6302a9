using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Azure.Core.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class HttpDataTests
{
    private readonly BareFunctionContext context = new(new ServiceCollection()
        .Configure<WorkerOptions>(options => options.Serializer = new JsonObjectSerializer())
        .BuildServiceProvider());

    [Fact]
    public async Task A_body_is_read_and_written_by_the_workers_serializer()
    {
        var request = new Request(context, """{"Name":"a"}""");
        var named = await request.ReadFromJsonAsync<Named>();

        var response = request.CreateResponse(HttpStatusCode.Created);
        await response.WriteAsJsonAsync(named);

        Assert.Equal(new Named("a"), named);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(["application/json; charset=utf-8"], response.Headers.GetValues("Content-Type"));
        Assert.Equal("""{"Name":"a"}""", ((Response)response).Text);
    }

    [Fact]
    public async Task Reading_a_body_as_text_leaves_it_open()
    {
        var request = new Request(context, "päge");

        Assert.Equal("päge", await request.ReadAsStringAsync());
        request.Body.Position = 0;
        Assert.Equal("päge", request.ReadAsString());
    }

    [Fact]
    public void A_query_is_parsed_from_the_address() =>
        Assert.Equal("2", new Request(context, "").Query["page"]);

    [Fact]
    public void Without_a_serializer_the_mistake_is_named()
    {
        var bare = new BareFunctionContext(new ServiceCollection().BuildServiceProvider());

        var failed = Assert.Throws<InvalidOperationException>(
            () => { new Request(bare, "{}").ReadFromJsonAsync<Named>(); });

        Assert.Contains("serializer", failed.Message);
    }

    [Fact]
    public void The_http_context_is_there_only_for_http()
    {
        Assert.Null(context.GetHttpContext());

        var http = new DefaultHttpContext();
        context.Items["HttpRequestContext"] = http;
        Assert.Same(http, context.GetHttpContext());
    }

    [Fact]
    public async Task A_check_status_response_says_where_to_look()
    {
        var response = (Response)await new Client().CreateCheckStatusResponseAsync(new Request(context, ""), "a b");

        const string instance = "http://localhost:7071/runtime/webhooks/durabletask/instances/a%20b";
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal([$"{instance}?code=key"], response.Headers.GetValues("Location"));
        var body = JsonSerializer.Deserialize<Dictionary<string, string>>(response.Text);
        var expected = new Dictionary<string, string>
        {
            ["id"] = "a b",
            ["purgeHistoryDeleteUri"] = $"{instance}?code=key",
            ["sendEventPostUri"] = $"{instance}/raiseEvent/{{eventName}}?code=key",
            ["statusQueryGetUri"] = $"{instance}?code=key",
            ["terminatePostUri"] = $"{instance}/terminate?reason={{{{text}}}}&code=key",
            ["suspendPostUri"] = $"{instance}/suspend?reason={{{{text}}}}&code=key",
            ["resumePostUri"] = $"{instance}/resume?reason={{{{text}}}}&code=key",
        };
        Assert.Equal(expected, body);
    }

    [Fact]
    public void Without_a_request_the_client_must_know_the_address()
    {
        var payload = new Client { HttpBaseUrl = "http://host/hooks" }.CreateHttpManagementPayload("1");

        Assert.Equal("http://host/hooks/instances/1?code=key", payload.StatusQueryGetUri);
        Assert.Throws<InvalidOperationException>(() => new Client().CreateHttpManagementPayload("1"));
        Assert.Throws<ArgumentException>(() => new Client().CreateHttpManagementPayload(""));
    }

    private sealed record Named(string Name);

    private sealed class Request(FunctionContext context, string body) : HttpRequestData(context)
    {
        public override Stream Body { get; } = new MemoryStream(Encoding.UTF8.GetBytes(body));

        public override HttpHeadersCollection Headers { get; } = [];

        public override IReadOnlyCollection<IHttpCookie> Cookies => [];

        public override Uri Url { get; } = new("http://localhost:7071/api/things?page=2");

        public override IEnumerable<ClaimsIdentity> Identities => [];

        public override string Method => "POST";

        public override HttpResponseData CreateResponse() => new Response(FunctionContext);
    }

    private sealed class Response(FunctionContext context) : HttpResponseData(context)
    {
        public override HttpStatusCode StatusCode { get; set; } = HttpStatusCode.OK;

        public override HttpHeadersCollection Headers { get; set; } = [];

        public override Stream Body { get; set; } = new MemoryStream();

        public override HttpCookies Cookies => throw new NotSupportedException();

        public string Text => Encoding.UTF8.GetString(((MemoryStream)Body).ToArray());
    }

    private sealed class Client() : BareDurableClient("test"), IHttpManagementClient
    {
        public string? HttpBaseUrl { get; init; }

        public string? QueryString => "code=key";
    }
}
