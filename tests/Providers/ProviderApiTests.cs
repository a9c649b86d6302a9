using System.Net;

namespace Assay;

public sealed class ProviderApiTests : IAsyncLifetime
{
    private AssayApp app = null!;
    private CredentialsApi operatorOfAll = null!;
    private CredentialsApi owner = null!;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync();
        var organization = await app.Database.AddOrganizationAsync();
        owner = new(await app.ClientOfAsync(organization, Role.Owner));
        operatorOfAll = new(await app.ClientOfAsync(organization, Role.Viewer));
        await app.Database.ExecuteAsync(
            """
            update ops.user_account set is_admin = true
            where id in (select user_id from ops.organization_user where role = 'viewer')
            """);
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task Everybody_reads_providers_page_by_page_in_the_order_of_their_names()
    {
        List<string> names = [];
        for (var path = "/api/providers?limit=4"; path.Length > 0;)
        {
            var (_, page) = await owner.SendAsync(HttpMethod.Get, path);
            names.AddRange(page!["items"]!.AsArray().Select(item => (string)item!["name"]!));
            path = page["next"] is { } next ? $"/api/providers?limit=4&after={next}" : "";
        }

        Assert.Equal(["anthropic", "azure-openai", "built-in", "gemini", "openai", "self-hosted"], names);
        var (_, openAi) = await owner.SendAsync(HttpMethod.Get, "/api/providers/openai");
        Assert.Contains(openAi!["models"]!.AsArray(), model => (decimal)model!["inputPrice"]! > 0);
        Assert.Equal(
            HttpStatusCode.NotFound, (await owner.SendAsync(HttpMethod.Get, "/api/providers/nobody")).Status);
    }

    [Fact]
    public async Task Administrators_of_the_installation_change_them_and_nobody_else()
    {
        var patch = new
        {
            maxRequestsPerMinute = 7,
            models = new[] { new { id = "gpt-next", contextTokens = 10, inputPrice = 0.5, outputPrice = 1 } },
        };

        Assert.Equal(HttpStatusCode.Forbidden, (await ChangeAsync(owner, patch, 1)).Status);
        Assert.Equal(428, (int)(await ChangeAsync(operatorOfAll, patch, null)).Status);
        var (status, body) = await ChangeAsync(operatorOfAll, patch, 1);

        Assert.Equal((HttpStatusCode.OK, 7, 2), (status, (int)body!["maxRequestsPerMinute"]!, (int)body["version"]!));
        Assert.Equal("gpt-next", (string)body["models"]![0]!["id"]!);
        Assert.Equal("https://api.openai.com/v1", (string)body["baseUrl"]!);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await ChangeAsync(operatorOfAll, patch, 1)).Status);
    }

    [Fact]
    public async Task What_makes_no_sense_is_named()
    {
        var (status, body) = await ChangeAsync(
            operatorOfAll,
            new
            {
                baseUrl = "file:///etc/passwd",
                apiKeyPattern = "(a)\\1",
                maxRequestsPerDay = 0,
                validationRules = new { path = "https://evil.example", header = "X-Key\r\nHost" },
                models = new[] { new { id = "", contextTokens = -1, inputPrice = -1, outputPrice = 1 } },
            },
            1);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(
            [
                "apiKeyPattern", "baseUrl", "maxRequestsPerDay", "models[0].contextTokens", "models[0].id",
                "models[0].inputPrice", "validationRules.header", "validationRules.path",
            ],
            body!["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    private static Task<(HttpStatusCode Status, System.Text.Json.Nodes.JsonNode? Body)> ChangeAsync(
        CredentialsApi client, object patch, int? version) =>
        client.SendAsync(HttpMethod.Patch, "/api/providers/openai", patch, version);
}
