using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>SQL in every text that the API takes, as its description lists them.</summary>
public sealed class InjectionTests : IAsyncLifetime
{
    private static readonly string[] injections =
    [
        "'; drop table public.canary; --",
        "\\'; drop table public.canary; --",
        "' or '1'='1",
        "x' union select password_hash from ops.user_account --",
        "'||(select pg_sleep(60))||'",
        "1); drop table public.canary; --",
        "$$; drop table public.canary; $$",
        "{\"'; drop table public.canary; --\":1}",
        "%' and 1=0 or '%'='",
        "@current_scope",
    ];

    private AssayApp app = null!;
    private HttpClient program = null!;
    private HttpClient person = null!;
    private JsonNode description = null!;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            ["Assay__Settings__key-requests-per-minute"] = "1000000000",
            ["Assay__Settings__user-requests-per-minute"] = "1000000000",
            ["Assay__Settings__address-requests-per-minute"] = "1000000000",
        });
        program = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner);
        person = (await Person.RegisterAsync(app)).Client;
        description = JsonNode.Parse(await app.Client.GetStringAsync("/api/openapi.json"))!;
        // The app could drop what it owns, if only it could get at it.
        await app.Database.ExecuteAsync(
            "create table public.canary (id integer); insert into public.canary values (1);"
            + "alter table public.canary owner to assay_app");
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task SQL_in_a_text_is_text()
    {
        var before = await SchemaAsync();
        var requests = description["paths"]!.AsObject()
            .Where(path => !IsOtherDoor(path.Key))
            .SelectMany(path => path.Value!.AsObject().SelectMany(operation =>
                Requests(path.Key, operation.Key, operation.Value!)
                    .Select(request => (Request: request, Operation: operation.Value!))))
            .ToArray();

        Assert.True(requests.Length > 500, $"{requests.Length} requests are too few to be all.");
        await Parallel.ForEachAsync(
            requests, new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (sent, _) => await SendAsync(sent.Request, sent.Operation));
        Assert.Equal(before, await SchemaAsync());
        Assert.Equal(1L, await app.Database.ValueAsync<long>("select count(*) from public.canary"));
    }

    private IEnumerable<HttpRequestMessage> Requests(string path, string method, JsonNode operation)
    {
        var verb = new HttpMethod(method.ToUpperInvariant());
        foreach (var injection in injections)
        {
            var escaped = Uri.EscapeDataString(injection);
            if (path.Contains('{'))
                yield return new(verb, $"/api{Fill(path, escaped)}");
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
                if ((string?)parameter!["in"] == "query")
                    yield return new(verb, $"/api{Fill(path, $"{Guid.NewGuid()}")}?{parameter["name"]}={escaped}");
            foreach (var body in Bodies(operation, injection))
                yield return new(verb, $"/api{Fill(path, $"{Guid.NewGuid()}")}")
                {
                    Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
                };
        }
    }

    // The example, with each of its texts replaced in turn.
    private IEnumerable<string> Bodies(JsonNode operation, string injection)
    {
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is not { } schema)
            yield break;
        if ((string?)schema["$ref"] is { } reference)
            schema = reference.Split('/').Skip(1).Aggregate(description, (node, name) => node[name]!);
        foreach (var (name, _) in schema["properties"]?.AsObject() ?? [])
        {
            var body = schema["examples"]?[0]?.DeepClone() as JsonObject ?? [];
            body[name] = injection;
            yield return body.ToJsonString();
        }
    }

    private async Task SendAsync(HttpRequestMessage request, JsonNode operation)
    {
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        var client = (string?)operation["x-permission"] == Permissions.SignedIn ? person : program;
        var began = Stopwatch.GetTimestamp();
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.True((int)answer.StatusCode < 500, $"{request.Method} {request.RequestUri}: {text}");
        Assert.True(
            Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"{request.RequestUri} slept.");
        Assert.DoesNotContain("AQAAAA", text, StringComparison.Ordinal);
    }

    // Doors share their functions: two of them are enough.
    private static bool IsOtherDoor(string path) => EntityType.All
        .Any(type => type != EntityType.Prompt && path.StartsWith($"/{type.Door}", StringComparison.Ordinal));

    private static string Fill(string path, string value) =>
        System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", value);

    private Task<string> SchemaAsync() => app.Database.ValueAsync<string>(
        """
        select string_agg(c.oid::regclass::text || c.relowner::regrole::text, ',' order by c.oid)
        from pg_class c
        where c.relkind in ('r', 'p', 'v', 'm', 'S') and c.relnamespace in (
            'ops'::regnamespace, 'core'::regnamespace, 'mart'::regnamespace, 'public'::regnamespace)
        """);
}
