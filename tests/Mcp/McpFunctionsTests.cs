using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class McpFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [NeedsMcpClientFact]
    public async Task Somebody_elses_client_finds_reads_and_composes_prompts()
    {
        var template = await AddAsync();
        var key = await app.Database.AddKeyAsync(organization, null, "entities:read");

        var answers = await AskAsync(key);

        Assert.Equal("assay", (string?)answers["server"]!["name"]);
        var prompt = Assert.Single(answers["prompts"]!.AsArray())!;
        Assert.Equal($"answer-it-{template.Id}", (string?)prompt["name"]);
        Assert.Equal(
            """[{"name":"sentences","required":false},{"name":"question","required":true}]""",
            prompt["arguments"]!.ToJsonString());
        Assert.Equal(
            """["search_prompts","get_prompt","compose_prompt"]""", answers["tools"]!.ToJsonString());
        Assert.Equal(
            "Be brief.\n\nAnswer in 3 sentences: Why?",
            (string?)answers["got"]!["messages"]![0]!["content"]!["text"]);
        Assert.Contains("variables.question: required", (string?)answers["refusal"]);
        Assert.Equal($"{template.Id}", (string?)Assert.Single(answers["found"]!["prompts"]!.AsArray())!["id"]);
        Assert.Equal("Answer it!", (string?)answers["read"]!["title"]);
        Assert.Equal("Be brief.\n\nAnswer in 2 sentences: Why?", (string?)answers["composed"]!["text"]);
        Assert.True((bool)answers["wrong"]!["isError"]!);
    }

    [Fact]
    public async Task What_is_a_draft_or_anothers_is_not_offered()
    {
        var template = await AddAsync();
        await client.AddPromptAsync("Answer as a draft");
        var other = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Viewer);

        Assert.Single((await SendAsync(client, "prompts/list"))["result"]!["prompts"]!.AsArray());
        Assert.Empty((await SendAsync(other, "prompts/list"))["result"]!["prompts"]!.AsArray());
        var hidden = await SendAsync(other, "prompts/get", new { name = $"{template.Id}" });
        Assert.Equal(-32602, (int)hidden["error"]!["code"]!);
    }

    [Fact]
    public async Task Methods_and_notifications_are_answered_as_the_protocol_says()
    {
        Assert.Equal(-32601, (int)(await SendAsync(client, "resources/list"))["error"]!["code"]!);
        Assert.Equal(-32602, (int)(await SendAsync(client, "tools/call", new { name = "x" }))["error"]!["code"]!);
        var older = await SendAsync(client, "initialize", new { protocolVersion = "2025-03-26" });
        Assert.Equal("2025-03-26", (string?)older["result"]!["protocolVersion"]);
        var notified = await client.PostAsync(
            "/api/mcp", EntityClient.Json(new { jsonrpc = "2.0", method = "notifications/initialized" }));
        Assert.Equal(HttpStatusCode.Accepted, notified.StatusCode);
        Assert.Empty(await notified.Content.ReadAsStringAsync());
    }

    private async Task<Entity> AddAsync()
    {
        var tone = await client.AddAsync("contexts", new { title = "Tone", content = new { text = "Be brief." } });
        var template = await client.AddAsync("templates", new
        {
            title = "Answer it!",
            status = "active",
            content = new
            {
                text = "Answer in {{sentences}} sentences: {{question}}",
                variables = new object[] { new { name = "sentences", type = "integer", @default = 2 } },
            },
        });
        await client.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = template.Id, targetId = tone.Id, type = "depends_on" }));
        return template;
    }

    private static async Task<JsonObject> SendAsync(HttpClient client, string method, object? parameters = null) =>
        await (await client.PostAsync("/api/mcp", EntityClient.Json(
            new { jsonrpc = "2.0", id = "a", method, @params = parameters }))).ReadAsync<JsonObject>(HttpStatusCode.OK);

    private async Task<JsonNode> AskAsync(string key)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "node", [NeedsMcpClientFactAttribute.Program!, $"{new Uri(app.Address, "/api/mcp")}", key])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var answers = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return JsonNode.Parse(answers)!;
    }
}

/// <summary>Skipped where npm could not bring the client; <c>./dev test</c> tries.</summary>
internal sealed class NeedsMcpClientFactAttribute : FactAttribute
{
    public static readonly string? Program =
        Environment.GetEnvironmentVariable("ASSAY_MCP_CLIENT") is { } path && File.Exists(path) ? path : null;

    public NeedsMcpClientFactAttribute() =>
        Skip = Program is null ? "The client of the protocol is not installed: npm could not bring it." : null;
}
