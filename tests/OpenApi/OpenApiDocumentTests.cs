using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class OpenApiDocumentTests
{
    private static readonly RouteTable routes = RouteTable.Read(typeof(RouteTable).Assembly);
    private static readonly string written = OpenApiDocument.Write(routes);

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
    public void Every_reference_leads_somewhere_and_every_route_is_there()
    {
        var document = JsonNode.Parse(written)!;

        foreach (var reference in References(document))
            Assert.NotNull(reference.Split('/').Skip(1).Aggregate(document, (node, name) => node![name]!));
        Assert.Equal(
            routes.Routes.SelectMany(route => route.Methods.Select(method => $"{method} {route.Path}")).Order(),
            document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
                .Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).Order());
    }

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

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member =>
            member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}

/// <summary>Skipped where npm could not bring the linter; <c>./dev test</c> tries.</summary>
internal sealed class NeedsLinterFactAttribute : FactAttribute
{
    public static readonly string? Linter =
        Environment.GetEnvironmentVariable("ASSAY_OPENAPI_LINTER") is { } path && File.Exists(path) ? path : null;

    public NeedsLinterFactAttribute() =>
        Skip = Linter is null ? "The OpenAPI linter is not installed: npm could not bring it." : null;
}
