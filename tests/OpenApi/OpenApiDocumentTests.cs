using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Assay;

public sealed class OpenApiDocumentTests
{
    private static readonly RouteTable routes = RouteTable.Read(typeof(RouteTable).Assembly);
    private static readonly string written = OpenApiDocument.Write(routes);
    private static readonly JsonNode document = JsonNode.Parse(written)!;
    private static readonly SchemaCheck schemas = new(document);
    private static readonly ReadResult read = Microsoft.OpenApi.OpenApiDocument.Parse(written, "json");

    [Fact]
    public void The_description_in_the_repository_is_that_of_the_code()
    {
        if (Environment.GetEnvironmentVariable("ASSAY_OPENAPI") == "write")
            File.WriteAllText(Repository.PathOf("infra/openapi.json"), written);

        Assert.True(
            File.ReadAllText(Repository.PathOf("infra/openapi.json")) == written,
            "infra/openapi.json is not what the code says. Run ./dev openapi, and look at what changed.");
    }

    [Fact]
    public void A_reader_of_descriptions_finds_no_fault_and_every_route()
    {
        // A reference that leads nowhere is a warning.
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(
            routes.Routes.SelectMany(route => route.Methods.Select(method => $"{method} {route.Path}")).Order(),
            read.Document!.Paths.SelectMany(path => path.Value.Operations!
                .Select(operation => $"{operation.Key} {path.Key}")).Order());
    }

    public static TheoryData<string> Operations() =>
        [.. routes.Routes.SelectMany(route => route.Methods.Select(method => $"{method} {route.Path}"))];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_body_and_every_answer_has_an_example_that_its_schema_allows(string named)
    {
        var operation = OperationOf(named);
        var answers = operation["responses"]!.AsObject().Where(answer => answer.Key[0] == '2')
            .Select(answer => answer.Value!);
        var contents = answers.Prepend(operation["requestBody"]).OfType<JsonNode>()
            .Select(holder => holder["content"]).OfType<JsonObject>().SelectMany(content => content)
            .Where(content => content.Key != "text/csv");

        foreach (var (type, content) in contents)
        {
            Assert.True(content!["example"] is not null, $"{named}: there is no example of {type}.");
            Assert.Empty(schemas.FaultsOf(content["schema"]!, content["example"]));
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_answer_names_the_headers_that_limits_set(string named)
    {
        var words = named.Split(' ');
        var responses = read.Document!.Paths[words[1]].Operations![HttpMethod.Parse(words[0])].Responses!;
        var route = routes.Routes.Single(route => route.Methods.Any(method => named == $"{method} {route.Path}"));

        foreach (var (status, answer) in responses)
        {
            var headers = answer.Headers!.Keys.ToList();
            if (route.Operation.Counted && status != "401")
                Assert.Equal(["RateLimit-Policy", "RateLimit"], headers.Where(name => name.StartsWith("RateLimit")));
            if (status is "429" or "503" or "504")
                Assert.Contains("Retry-After", headers);
        }
        Assert.Equal(route.Operation.Counted, responses.ContainsKey("429"));
        Assert.Equal(!route.Operation.Streams, responses.ContainsKey("504"));
    }

    [Fact]
    public void Routes_that_ask_whom_people_sign_in_with_tell_of_502_and_no_others_do()
    {
        var asking = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Where(operation => operation.Value!["responses"]!["502"] is not null)
            .Select(operation => $"{operation.Key} {path.Key}"));

        Assert.Equal(
            [
                "get /auth/{provider}/callback", "get /auth/{provider}/start", "post /auth/{provider}/start",
            ],
            asking.Order());
        Assert.Equal(
            "application/problem+json",
            Assert.Single(document["components"]!["responses"]!["ProviderFailed"]!["content"]!.AsObject()).Key);
    }

    [Theory]
    [InlineData("""{"type": "string"}""", "1")]
    [InlineData("""{"type": ["integer", "null"]}""", "1.5")]
    [InlineData("""{"enum": ["a"]}""", "\"b\"")]
    [InlineData("""{"anyOf": [{"type": "null"}, {"type": "array"}]}""", "true")]
    [InlineData("""{"properties": {"a": {"format": "uuid"}}}""", """{"a": "b"}""")]
    [InlineData("""{"required": ["a"]}""", "{}")]
    [InlineData("""{"properties": {}, "additionalProperties": false}""", """{"a": 1}""")]
    [InlineData("""{"items": {"maximum": 1}}""", "[1, 2]")]
    public void A_value_that_a_schema_does_not_allow_is_found(string schema, string value) =>
        Assert.NotEmpty(schemas.FaultsOf(JsonNode.Parse(schema)!, JsonNode.Parse(value)));

    [Fact]
    public void A_keyword_that_JSON_Schema_does_not_know_is_found() =>
        Assert.Throws<JsonSchemaException>(() => schemas.FaultsOf(JsonNode.Parse("""{"unknownKeyword": 1}""")!, null));

    public static TheoryData<string> Bodies() =>
        [.. routes.Routes.Select(route => route.Operation.Body?.AssemblyQualifiedName).OfType<string>().Distinct()];

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Every_body_has_an_example_that_would_be_taken(string typeName)
    {
        var type = Type.GetType(typeName)!;

        var example = SchemaExamples.Of(type);

        Assert.True(example is not null, $"{type.Name} has no static property Example.");
        using var json = JsonDocument.Parse(example.ToJsonString());
        Assert.Empty(JsonShape.Check(json.RootElement, Json.Options.GetTypeInfo(type)));
        Assert.Empty(Validation.Check(json.RootElement.Deserialize(type, Json.Options)!));
    }

    [NeedsLinterFact]
    public async Task A_public_linter_finds_nothing()
    {
        var linter = Process.Start(new ProcessStartInfo(
            "node",
            [
                NeedsLinterFactAttribute.Linter!, "lint", Repository.PathOf("infra/openapi.json"),
                "--config", Repository.PathOf("infra/dev/openapi/redocly.yaml"), "--format", "stylish",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true" },
        })!;
        var (output, errors) = (linter.StandardOutput.ReadToEndAsync(), linter.StandardError.ReadToEndAsync());
        await linter.WaitForExitAsync();

        Assert.True(linter.ExitCode == 0, await output + await errors);
    }

    private static JsonNode OperationOf(string named) =>
        document["paths"]![named[(named.IndexOf(' ') + 1)..]]![named[..named.IndexOf(' ')].ToLowerInvariant()]!;
}

/// <summary>Skipped where npm could not bring the linter; <c>./dev test</c> tries.</summary>
internal sealed class NeedsLinterFactAttribute : FactAttribute
{
    public static readonly string? Linter =
        Environment.GetEnvironmentVariable("ASSAY_OPENAPI_LINTER") is { } path && File.Exists(path) ? path : null;

    public NeedsLinterFactAttribute() =>
        Skip = Linter is null ? "The OpenAPI linter is not installed: npm could not bring it." : null;
}
