using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Assay;

public sealed class OrganizationMiddlewareTests
{
    private const string Key = "ask_for_these_tests";

    [Fact]
    public async Task A_request_acts_for_the_organization_of_its_key_or_of_its_header()
    {
        await using var app = await AssayApp.StartAsync();
        var organization = await app.Database.AddOrganizationAsync("known");
        await AddKeyAsync(app, organization, Key, "expires_at = null");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, $"Bearer {Key}", null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, null, "known"));
    }

    [Fact]
    public async Task Without_a_good_credential_the_answer_is_401_with_a_challenge()
    {
        await using var app = await AssayApp.StartAsync();
        var organization = await app.Database.AddOrganizationAsync("known");
        await AddKeyAsync(app, organization, "ask_expired", "expires_at = now() - interval '1 second'");
        await AddKeyAsync(app, organization, "ask_revoked", "revoked_at = now()");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, null, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, "Basic a2V5", "known"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, "Bearer ask_unknown", "known"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, "Bearer ask_expired", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, "Bearer ask_revoked", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, null, "unknown"));

        var refused = await app.Client.GetAsync("/api/runs");
        Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_header_alone_is_not_trusted_unless_the_setting_says_so()
    {
        await using var app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            ["Assay__TrustOrganizationHeader"] = null,
        });
        await app.Database.AddOrganizationAsync("known");

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, null, "known"));
    }

    private static Task AddKeyAsync(AssayApp app, Guid organization, string key, string set)
    {
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return app.Database.ExecuteAsync(
            $"""
            insert into ops.api_key (organization_id, name, prefix, key_hash)
            values ('{organization}', '{key}', 'ask_', '\x{hash}');
            update ops.api_key set {set} where name = '{key}'
            """);
    }

    private static async Task<HttpStatusCode> StatusAsync(AssayApp app, string? authorization, string? slug)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        if (authorization is not null)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        if (slug is not null)
            request.Headers.Add("Assay-Organization", slug);
        return (await app.Client.SendAsync(request)).StatusCode;
    }
}
