using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Walks the route table: what holds for one route holds for all, also for those that come later.</summary>
public sealed class RouteMannersTests(RouteMannersTests.Fixture fixture) : IClassFixture<RouteMannersTests.Fixture>
{
    private static readonly RouteTable table = RouteTable.Read(typeof(RouteTable).Assembly);

    private static readonly JsonNode description = JsonNode.Parse(OpenApiDocument.Write(table))!;
    private static readonly SchemaCheck schemas = new(description);

    public static TheoryData<string> WithCredential() => Named(NeedsCredential);

    // What identity providers send along is not known to anybody.
    public static TheoryData<string> WithClosedQuery() => Named(route => !route.Operation.OpenQuery);

    public static TheoryData<string> All() => Named(_ => true);

    public static TheoryData<string> WithBody() => Named(route => route.Operation.Body is not null);

    public static TheoryData<string> WithIfMatch() => Named(route => route.NeedsIfMatch);

    public static TheoryData<string> WithIdempotencyKey() => Named(route => route.TakesIdempotencyKey);

    public static TheoryData<string> Lists() => Named(route => route.IsList);

    public static TheoryData<string> Ones() => Named(route => route.ReadsOne);

    // What is read by a secret alone is in no list.
    public static TheoryData<string> OnesOfLists() => Named(route => route.ReadsOne && NeedsCredential(route));

    [Theory]
    [MemberData(nameof(WithClosedQuery))]
    public async Task A_parameter_that_is_unknown_is_refused(string name)
    {
        var answer = await SendAsync(Named(name), query: "?nonsense=1");

        await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "nonsense");
    }

    [Theory]
    [MemberData(nameof(WithCredential))]
    public async Task Without_a_credential_nothing_is_done(string name)
    {
        var answer = await SendAsync(Named(name), client: fixture.App.Client);

        await AssertProblemAsync(answer, HttpStatusCode.Unauthorized);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    // Where the thing that the address names is looked for first, it is not there.
    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task A_member_that_is_unknown_is_refused(string name)
    {
        var answer = await SendAsync(Named(name), content: Json("""{"nonsense":1}"""));

        if (answer.StatusCode == HttpStatusCode.NotFound && Named(name).Path.Contains('{'))
            await AssertProblemAsync(answer, HttpStatusCode.NotFound);
        else
            await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "nonsense");
    }

    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task Another_content_type_is_refused(string name)
    {
        var answer = await SendAsync(Named(name), content: new StringContent("text"));

        var isMissing = answer.StatusCode == HttpStatusCode.NotFound && Named(name).Path.Contains('{');
        await AssertProblemAsync(answer, isMissing ? HttpStatusCode.NotFound : HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [MemberData(nameof(WithIfMatch))]
    public async Task A_change_without_the_version_is_refused(string name)
    {
        var answer = await SendAsync(Named(name), ifMatch: null);

        await AssertProblemAsync(answer, HttpStatusCode.PreconditionRequired);
    }

    [Theory]
    [MemberData(nameof(WithIdempotencyKey))]
    public async Task An_idempotency_key_is_looked_at(string name)
    {
        var answer = await SendAsync(Named(name), idempotencyKey: "not a key");

        await AssertProblemAsync(answer, HttpStatusCode.BadRequest);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_is_a_page_whose_size_is_limited(string name)
    {
        var route = Named(name);
        if (route.Path.Contains('{'))
        {
            await AssertProblemAsync(await SendAsync(route), HttpStatusCode.NotFound);
            return;
        }

        var answer = await SendAsync(route);
        await AssertAsDescribedAsync(route, answer);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal(["items", "next"], body.Select(member => member.Key));
        Assert.IsType<JsonArray>(body["items"]);
        if (route.Operation.Query?.IsAssignableTo(typeof(PageQuery)) is true)
            foreach (var limit in (string[])["0", "201", "x"])
                await AssertProblemAsync(
                    await SendAsync(route, query: $"?limit={limit}"), HttpStatusCode.UnprocessableEntity, "limit");
    }

    [Theory]
    [MemberData(nameof(Ones))]
    public async Task What_is_not_there_is_not_found(string name) =>
        await AssertProblemAsync(await SendAsync(Named(name)), HttpStatusCode.NotFound);

    [Theory]
    [MemberData(nameof(OnesOfLists))]
    public async Task What_is_read_has_a_version_and_is_not_sent_twice(string name)
    {
        var path = Named(name).Path;
        var list = path[..path.LastIndexOf('/')];
        Assert.True(
            table.Routes.Any(route => route.Path == list && route.IsList),
            $"There is no list at {list} to find one of these in.");
        var one = $"/api{await fixture.AnyAsync(path)}";

        var first = await fixture.Client.GetAsync(one);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.NotNull(first.Headers.ETag);
        await AssertAsDescribedAsync(Named(name), first);
        using var request = new HttpRequestMessage(HttpMethod.Get, one);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag);
        // Of a credential, use is counted without a new version: it is always sent.
        Assert.Equal(
            name == nameof(CredentialFunctions.GetCredential) ? HttpStatusCode.OK : HttpStatusCode.NotModified,
            (await fixture.Client.SendAsync(request)).StatusCode);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_answer_is_what_it_says_and_no_cache_of_others_keeps_it(string name)
    {
        var route = Named(name);
        // What ends nothing for the other tests.
        var client = route.Methods.Contains("GET") ? fixture.Client : fixture.App.Client;
        var request = new HttpRequestMessage(
            new HttpMethod(route.Methods[0]), $"/api{OpenApiRequests.Fill(route.Path, route.Template)}");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        var cached = answer.Headers.CacheControl;
        Assert.NotNull(cached);
        Assert.Equal(route.Operation.ShowsSecret, cached is { NoStore: true });
        Assert.True(cached.NoStore || cached is { Private: true, NoCache: true }, $"{cached}");
    }

    [Fact]
    public void Whatever_answers_a_secret_says_so() => Assert.Empty(
        from route in table.Routes
        where !route.Operation.ShowsSecret && route.Operation.Answer is { } answer && HoldsSecret(answer)
        select route.Name);

    private static bool HoldsSecret(Type type) => type.GetProperties().Any(property =>
        property.PropertyType == typeof(string)
        && (property.Name is "Token" or "Secret" or "Password"
            || (property.Name == "Key" && type.Name.StartsWith("Created", StringComparison.Ordinal))));

    private static bool NeedsCredential(Route route) => route.Operation.Permission != Permissions.Anyone;

    private static TheoryData<string> Named(Func<Route, bool> which) =>
        [.. table.Routes.Where(which).Select(route => route.Name)];

    private static Route Named(string name) => table.Routes.Single(route => route.Name == name);

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private async Task<HttpResponseMessage> SendAsync(
        Route route, HttpContent? content = null, string query = "", string? ifMatch = "*",
        string? idempotencyKey = null, HttpClient? client = null)
    {
        var request = new HttpRequestMessage(
            new HttpMethod(route.Methods[0]), $"/api{OpenApiRequests.Fill(route.Path, route.Template)}{query}")
        {
            Content = content,
        };
        if (ifMatch is not null && route.NeedsIfMatch)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (idempotencyKey is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        var answer = await (client ?? fixture.Client).SendAsync(request);
        return answer;
    }

    private static async Task AssertAsDescribedAsync(Route route, HttpResponseMessage answer)
    {
        var schema = description["paths"]![route.Path]!["get"]!["responses"]!["200"]!["content"]!["application/json"]![
            "schema"]!;
        Assert.Empty(schemas.FaultsOf(schema, JsonNode.Parse(await answer.Content.ReadAsStringAsync())));
    }

    private static async Task AssertProblemAsync(
        HttpResponseMessage answer, HttpStatusCode status, string? field = null)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {body}");
        Assert.Null(ProblemCheck.FaultOf(answer, body));
        if (field is not null)
            Assert.NotNull(JsonNode.Parse(body)!["errors"]![field]);
    }

    /// <summary>An organization with one of everything that its owner can make by an example.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal AssayApp App { get; private set; } = null!;

        /// <summary>Of a person who owns an organization and administers the installation too.</summary>
        internal HttpClient Client { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            App = await AssayApp.StartAsync();
            await App.Inbox.CreateIfNotExistsAsync();
            Client = (await Person.RegisterAsync(App)).Client;
            await App.Database.ExecuteAsync("update ops.user_account set is_admin = true");
            await Client.PostAsync("/api/documents", new MultipartFormDataContent
            {
                { new StringContent("A text."), "file", "a.txt" },
            });
            foreach (var route in table.Routes.Where(MakesOne).OrderBy(route => route.Path))
                await Client.PostAsync($"/api{route.Path}", Json(ExampleOf(route)));
            var (one, another) = (await Client.AddPromptAsync("One"), await Client.AddPromptAsync("Another"));
            await Client.PatchAsync($"/api/prompts/{one.Id}", new { visibility = EntityVisibility.Public });
            await Client.PostAsync("/api/relationships", EntityClient.Json(
                RelationshipBody.Example with { SourceId = one.Id, TargetId = another.Id }));
            await Client.PutAsync("/api/label-rules/production", EntityClient.Json(LabelRuleBody.Example));
            await Client.PutAsync($"/api/prompts/{one.Id}/labels/production", EntityClient.Json(new { version = 1 }));
            // What still runs changes between one reading and the next.
            await Eventually.TrueAsync(
                async () => !await App.Database.ValueAsync<bool>(
                    "select exists (select from ops.workflow_run where finished_at is null)"),
                within: null, () => "The runs did not end.");
        }

        public async Task DisposeAsync() => await App.DisposeAsync();

        /// <summary>A path whose parameters, if any, are those of the first items of their lists.</summary>
        internal async Task<string> AnyAsync(string path)
        {
            var place = path.LastIndexOf('{');
            if (place < 0)
                return path;
            var (list, id) = (await AnyAsync(path[..(place - 1)]), path[(place + 1)..path.IndexOf('}', place)]);
            var body = await Client.GetStringAsync($"/api{list}");
            var first = JsonNode.Parse(body)!["items"]!.AsArray().FirstOrDefault();
            Assert.True(first is not null, $"{list} is empty, and nothing was made there by an example.");
            return $"{list}/{first[id] ?? first["userId"]}{path[(path.IndexOf('}', place) + 1)..]}";
        }

        private static string ExampleOf(Route route) => SchemaExamples.Of(
            route.Operation.Body!, route.EntityType)!.ToJsonString();

        private static bool MakesOne(Route route) =>
            route.Methods.Contains("POST") && route.Operation is { Body: not null, Status: 201 or 202 }
            && Permissions.LeastRoles.ContainsKey(route.Operation.Permission) && !route.Path.Contains('{');
    }
}
