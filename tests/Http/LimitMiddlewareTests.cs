using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace Assay;

public sealed class LimitMiddlewareTests(LimitedApp limited) : IClassFixture<LimitedApp>
{
    private readonly AssayApp app = limited.App;

    [Fact]
    public async Task Answers_tell_what_is_left_and_the_request_too_many_is_429()
    {
        var (organization, _) = await limited.NewOrganizationAsync((KnownSettings.KeyRequestsPerMinute, "2"));
        var client = await app.ClientOfAsync(organization, Role.Member);

        var first = await client.GetAsync("/api/runs");
        await client.GetAsync("/api/runs");
        var refused = await client.GetAsync("/api/runs");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(
            "\"key-minute\";q=2;w=60, \"key-day\";q=1000000;w=86400, \"user-minute\";q=6000;w=60, "
            + "\"user-day\";q=1000000;w=86400, \"organization-minute\";q=60000;w=60, "
            + "\"organization-day\";q=10000000;w=86400",
            Header(first, "RateLimit-Policy"));
        Assert.Matches("^\"key-minute\";r=1;t=6[0-2]$", Header(first, "RateLimit"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.StartsWith("\"key-minute\";r=0;t=", Header(refused, "RateLimit"));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 62);
        var problem = await refused.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal("/problems/limited", (string)problem!["type"]!);
        Assert.Contains("key-minute of 2 requests in 60 s", (string)problem["detail"]!);
    }

    [Fact]
    public async Task Keys_of_one_organization_share_its_limit_and_other_organizations_have_their_own()
    {
        var (organization, _) = await limited.NewOrganizationAsync((KnownSettings.OrganizationRequestsPerMinute, "1"));
        var (other, _) = await limited.NewOrganizationAsync();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(organization));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(organization));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));

        async Task<HttpStatusCode> StatusAsync(Guid id) =>
            (await (await app.ClientOfAsync(id, Role.Viewer)).GetAsync("/api/runs")).StatusCode;
    }

    [Fact]
    public async Task Probes_are_not_counted()
    {
        var answer = await app.Client.GetAsync("/api/health");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("RateLimit"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_large_is_413_whether_or_not_it_says_so(bool declared)
    {
        var (_, slug) = await limited.NewOrganizationAsync();
        using var client = app.ClientOf(slug);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/documents/search")
        {
            Content = new StringContent(new string(' ', JsonBody.BytesMax + 1), Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = !declared;

        var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Contains("8,388,608", (string)problem!["detail"]!);
    }

    [Fact]
    public async Task A_body_that_comes_drop_by_drop_is_given_up()
    {
        var (_, slug) = await limited.NewOrganizationAsync();
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, app.Address.Port);
        await using var stream = connection.GetStream();

        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/documents/search HTTP/1.1\r\nHost: localhost\r\nAssay-Organization: {slug}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"));
        using var reader = new StreamReader(stream);
        var status = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(25));

        Assert.Equal("HTTP/1.1 408 Request Timeout", status);
    }

    [Fact]
    public async Task A_query_that_hangs_is_cancelled_and_504()
    {
        var (_, slug) = await limited.NewOrganizationAsync((KnownSettings.RequestSeconds, "1"));
        using var client = app.ClientOf(slug);
        await using (await HoldAsync("core.judge_rubric"))
        {
            var answer = await client.PostAsJsonAsync(
                "/api/analyses", new { text = "Write.", rubricId = Guid.CreateVersion7() });

            Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
            Assert.Equal("/problems/timed-out", await TypeOfAsync(answer));
            await Eventually.TrueAsync(
                async () => await app.Database.ValueAsync<long>(
                    "select count(*) from pg_stat_activity where query like '%judge_rubric%' and state = 'active' "
                    + "and datname = current_database() and pid <> pg_backend_pid()") == 0,
                null, () => "The query goes on.");
        }
    }

    [Fact]
    public async Task One_organization_cannot_take_every_place()
    {
        var (_, slug) = await limited.NewOrganizationAsync((KnownSettings.OrganizationRequestsAtOnce, "2"));
        var (_, otherSlug) = await limited.NewOrganizationAsync();
        using HttpClient client = app.ClientOf(slug), other = app.ClientOf(otherSlug);
        Task<HttpResponseMessage>[] held;
        await using (await HoldAsync("core.document"))
        {
            held = [client.GetAsync("/api/documents"), client.GetAsync("/api/documents")];
            await Eventually.TrueAsync(
                async () => await app.Database.ValueAsync<long>(
                    "select count(*) from pg_locks where relation = 'core.document'::regclass and not granted") == 2,
                null, () => "The requests do not hang.");

            var refused = await client.GetAsync("/api/runs");

            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(1, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            Assert.Equal("/problems/too-many-at-once", await TypeOfAsync(refused));
            Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/runs")).StatusCode);
        }

        Assert.All(await Task.WhenAll(held), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/runs")).StatusCode);
    }

    [Fact]
    public async Task A_feature_that_is_off_is_not_there()
    {
        var (_, slug) = await limited.NewOrganizationAsync((FeatureFlags.Analytics, "false"));
        using var client = app.ClientOf(slug);

        var answer = await client.GetAsync("/api/marts/analysis-daily");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("/problems/feature-off", await TypeOfAsync(answer));
    }

    [Fact]
    public void Every_route_has_limits_that_the_host_can_keep()
    {
        foreach (var (name, operation) in RouteTable.Read(typeof(RouteTable).Assembly).Routes
            .Select(route => (route.Function, route.Operation)))
        {
            Assert.True(operation.BodyBytesMax is > 0 and <= 104_857_600, name);
            // Azure cuts answers at 230 s.
            Assert.True(operation.SecondsMax is >= 0 and <= 230, name);
            Assert.True(operation.Feature is null || FeatureFlags.Find(operation.Feature) is not null, name);
        }
    }

    [Fact]
    public void Who_is_not_known_is_counted_by_address_and_networks_of_version_6_as_one()
    {
        var settings = new SettingSnapshot(KnownSettings.All
            .ToDictionary(setting => setting.Name, setting => setting.DefaultValue));

        Assert.Equal(["address:192.0.2.1"], SubjectsOf("192.0.2.1"));
        Assert.Equal(["address:2001:db8:1:2::/64"], SubjectsOf("2001:db8:1:2:3:4:5:6"));
        Assert.Equal(["address:unknown"], SubjectsOf(null));

        IEnumerable<string> SubjectsOf(string? address) => RequestQuotas
            .Of(Caller.Anonymous, address is null ? null : IPAddress.Parse(address), settings)
            .Select(limit => limit.Subject).Distinct();
    }

    private static async Task<string?> TypeOfAsync(HttpResponseMessage answer) =>
        (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["type"];

    private static string Header(HttpResponseMessage answer, string name) =>
        Assert.Single(answer.Headers.GetValues(name));

    // Whoever reads the table waits until this is disposed of.
    private async Task<NpgsqlConnection> HoldAsync(string table)
    {
        var connection = new NpgsqlConnection(app.Database.Administrator);
        await connection.OpenAsync();
        await TestServer.ExecuteAsync(connection, $"begin; lock table {table} in access exclusive mode");
        return connection;
    }
}
