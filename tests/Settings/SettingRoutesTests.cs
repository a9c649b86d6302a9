using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class SettingRoutesTests(LimitedApp limited) : IClassFixture<LimitedApp>
{
    private readonly AssayApp app = limited.App;

    [Fact]
    public async Task Everybody_sees_flags_and_settings_and_where_their_values_come_from()
    {
        var (organization, _) = await limited.NewOrganizationAsync((KnownSettings.RequestSeconds, "20"));
        using var client = await app.ClientOfAsync(organization, Role.Viewer);

        var flags = await client.GetFromJsonAsync<JsonObject>("/api/flags");
        var settings = await client.GetFromJsonAsync<JsonObject>("/api/settings");

        Assert.Equal(
            FeatureFlags.All.Select(flag => flag.Name),
            flags!["items"]!.AsArray().Select(flag => (string)flag!["name"]!));
        var seconds = settings!["items"]!.AsArray().Single(item => (string)item!["name"]! == "request-seconds")!;
        Assert.Equal((20, "organization"), ((int)seconds["value"]!, (string)seconds["source"]!));
        var first = settings["items"]!.AsArray()[0]!;
        Assert.Equal("default", (string)first["source"]!);
    }

    [Fact]
    public async Task An_admin_overrides_a_flag_by_its_version_and_takes_it_back()
    {
        var (organization, _) = await limited.NewOrganizationAsync();
        using var client = await app.ClientOfAsync(organization, Role.Admin);
        var before = await client.GetAsync("/api/flags/analytics");

        Assert.Equal(428, await SendAsync(client, HttpMethod.Put, "/api/flags/analytics", null, false));
        Assert.Equal(412, await SendAsync(client, HttpMethod.Put, "/api/flags/analytics", "\"9-9\"", false));
        Assert.Equal(422, await SendAsync(client, HttpMethod.Put, "/api/flags/analytics", TagOf(before), "no"));
        Assert.Equal(200, await SendAsync(client, HttpMethod.Put, "/api/flags/analytics", TagOf(before), false));
        Assert.Equal(412, await SendAsync(client, HttpMethod.Put, "/api/flags/analytics", TagOf(before), true));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/marts/analysis-daily")).StatusCode);

        var after = await client.GetAsync("/api/flags/analytics");
        Assert.Equal(204, await SendAsync(client, HttpMethod.Delete, "/api/flags/analytics", TagOf(after), null));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/marts/analysis-daily")).StatusCode);
        Assert.Equal(2, await app.Database.ValueAsync<long>(
            $"""
            select count(*) from ops.event
            where organization_id = '{organization}' and entity_type = 'feature_flag_override'
                and actor_type = 'api_key'
            """));
    }

    [Fact]
    public async Task Members_change_nothing_admins_no_limits_and_unknown_names_are_404()
    {
        var (organization, _) = await limited.NewOrganizationAsync();
        using HttpClient member = await app.ClientOfAsync(organization, Role.Member),
            admin = await app.ClientOfAsync(organization, Role.Admin);
        const string limit = "/api/settings/key-requests-per-minute";

        Assert.Equal(403, await SendAsync(member, HttpMethod.Put, "/api/flags/analytics", "*", false));
        Assert.Equal(403, await SendAsync(admin, HttpMethod.Put, limit, "*", 1));
        Assert.Equal(403, await SendAsync(admin, HttpMethod.Put, $"/api/operations{limit[4..]}", "*", 1));
        Assert.Equal(404, await SendAsync(admin, HttpMethod.Put, "/api/settings/unknown", "*", 1));
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync("/api/flags/unknown")).StatusCode);
    }

    [Fact]
    public async Task Administrators_of_the_installation_set_limits_for_all_and_for_one()
    {
        await using var own = await AssayApp.StartAsync();
        var organization = await own.Database.AddOrganizationAsync();
        using var administrator = await AdministratorAsync(own, organization);
        using var viewer = await own.ClientOfAsync(await own.Database.AddOrganizationAsync(), Role.Viewer);
        const string route = "/api/operations/settings/prediction-cache-seconds";

        Assert.Equal(200, await SendAsync(administrator, HttpMethod.Put, route, "\"0-0\"", 100));
        Assert.Equal(100, await ValueAsync(viewer));
        Assert.Equal(200, await SendAsync(
            administrator, HttpMethod.Put, $"{route}?organization={organization}", "*", 50));
        Assert.Equal(50, await ValueAsync(administrator));
        Assert.Equal(100, await ValueAsync(viewer));
        Assert.Equal(422, await SendAsync(administrator, HttpMethod.Put, route, "*", 0));
        Assert.Equal(404, await SendAsync(
            administrator, HttpMethod.Put, $"{route}?organization={Guid.CreateVersion7()}", "*", 50));
        Assert.Equal(204, await SendAsync(administrator, HttpMethod.Delete, route, "*", null));
        Assert.Equal(3600, await ValueAsync(viewer));

        static async Task<int> ValueAsync(HttpClient client) => (int)(await client.GetFromJsonAsync<JsonObject>(
            "/api/settings/prediction-cache-seconds"))!["value"]!;
    }

    private static async Task<HttpClient> AdministratorAsync(AssayApp app, Guid organization)
    {
        var client = await app.ClientOfAsync(organization, Role.Viewer);
        await app.Database.ExecuteAsync(
            $"""
            update ops.user_account set is_admin = true
            where id in (select user_id from ops.organization_user where organization_id = '{organization}')
            """);
        return client;
    }

    private static string TagOf(HttpResponseMessage answer) => answer.Headers.ETag!.ToString();

    private static async Task<int> SendAsync(
        HttpClient client, HttpMethod method, string route, string? ifMatch, object? value)
    {
        using var request = new HttpRequestMessage(method, route);
        if (value is not null)
            request.Content = JsonContent.Create(new { value });
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return (int)(await client.SendAsync(request)).StatusCode;
    }
}
