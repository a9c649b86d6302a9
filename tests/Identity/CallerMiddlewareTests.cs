using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class CallerMiddlewareTests : IAsyncLifetime
{
    private AssayApp app = null!;
    private Guid organization;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync();
        organization = await app.Database.AddOrganizationAsync("known");
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task A_request_acts_for_the_organization_of_its_key_or_of_its_header()
    {
        var key = await app.Database.AddKeyAsync(organization, null);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"Bearer {key}", null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"bearer {key}", "known"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(null, "known"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"Bearer {key}", "another"));
    }

    [Fact]
    public async Task Without_a_good_credential_the_answer_is_401_with_a_challenge()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(null, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("Basic a2V5", "known"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("Bearer ask_unknown", "known"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(null, "unknown"));

        var refused = await app.Client.GetAsync("/api/runs");
        Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("update ops.api_key set expires_at = now() - interval '1 second'")]
    [InlineData("update ops.api_key set revoked_at = now()")]
    [InlineData("update ops.organization_user set status = 'removed'")]
    [InlineData("update ops.user_account set is_active = false")]
    [InlineData("delete from ops.user_account")]
    public async Task A_key_is_refused_within_a_second_of_its_end(string end)
    {
        var client = await app.ClientOfAsync(organization, Role.Member);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/runs")).StatusCode);

        await app.Database.ExecuteAsync(end);

        await Eventually.TrueAsync(
            async () => (await client.GetAsync("/api/runs")).StatusCode == HttpStatusCode.Unauthorized,
            TimeSpan.FromSeconds(1), () => "The key still works.");
    }

    [Fact]
    public async Task A_role_or_a_scope_that_does_not_suffice_is_named()
    {
        var viewer = await app.ClientOfAsync(organization, Role.Viewer);
        var reader = await app.ClientOfAsync(organization, Role.Owner, Permissions.DocumentsRead);

        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/api/runs")).StatusCode);
        Assert.Contains("the role Admin", await DetailAsync(await viewer.PostAsync("/api/marts/refresh", null)));
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync("/api/documents")).StatusCode);
        Assert.Contains("the scope runs:read", await DetailAsync(await reader.GetAsync("/api/runs")));
    }

    [Fact]
    public async Task An_administrator_of_the_installation_needs_a_key_that_is_not_narrowed()
    {
        var user = await app.Database.AddMemberAsync(organization, Role.Viewer);
        await app.Database.ExecuteAsync($"update ops.user_account set is_admin = true where id = '{user}'");
        var whole = await app.Database.AddKeyAsync(organization, user);
        var narrow = await app.Database.AddKeyAsync(organization, user, Permissions.MartsRead);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"Bearer {whole}", null, "/api/marts/watermarks"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"Bearer {narrow}", null, "/api/marts/watermarks"));
    }

    [Fact]
    public async Task The_header_alone_is_not_trusted_unless_the_setting_says_so()
    {
        await using var strict = await AssayApp.StartAsync(app.Database, new Dictionary<string, string?>
        {
            ["Assay__TrustOrganizationHeader"] = null,
        });

        var refused = await strict.ClientOf("known").GetAsync("/api/runs");

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!;
    }

    private async Task<HttpStatusCode> StatusAsync(string? authorization, string? slug, string path = "/api/runs")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        if (slug is not null)
            request.Headers.Add("Assay-Organization", slug);
        return (await app.Client.SendAsync(request)).StatusCode;
    }
}
