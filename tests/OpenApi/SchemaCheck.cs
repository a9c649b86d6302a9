using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Json.Schema.Keywords;

namespace Assay;

/// <summary>Holds JSON against schemas of the API's description.</summary>
internal sealed class SchemaCheck
{
    private const string Id = "https://assay.example/openapi";

    private static readonly EvaluationOptions evaluation = new()
    {
        OutputFormat = OutputFormat.List,
        RequireFormatValidation = true,
    };

    // JSON Schema passes over keywords that it does not know, so a misspelt one would hold for everything.
    private static readonly Dialect dialect = new(
        [
            IdKeyword.Instance, DefsKeyword.Instance, RefKeyword.Instance, AnyOfKeyword.Instance, TypeKeyword.Instance,
            EnumKeyword.Instance, PropertiesKeyword.Instance, PatternPropertiesKeyword.Instance,
            AdditionalPropertiesKeyword.Instance, RequiredKeyword.Instance, PrefixItemsKeyword.Instance,
            ItemsKeyword.Instance, MinimumKeyword.Instance, MaximumKeyword.Instance, MinLengthKeyword.Instance,
            MaxLengthKeyword.Instance, MinItemsKeyword.Instance, MaxItemsKeyword.Instance, PatternKeyword.Instance,
            FormatKeyword.Instance, DescriptionKeyword.Instance, ExamplesKeyword.Instance, DefaultKeyword.Instance,
            ContentMediaTypeKeyword.Instance,
        ])
    {
        AllowUnknownKeywords = false,
    };

    private readonly BuildOptions options = new() { Dialect = dialect, SchemaRegistry = new() };

    public SchemaCheck(JsonNode description) =>
        JsonSchema.FromText(
            $$"""{"$id": "{{Id}}", "$defs": {{Text(description["components"]!["schemas"]!)}}}""", options);

    /// <summary>Where the value is not what the schema says; empty when it is.</summary>
    /// <exception cref="JsonSchemaException">The schema has a keyword that the description has not.</exception>
    public IReadOnlyList<string> FaultsOf(JsonNode schema, JsonNode? value)
    {
        var result = JsonSchema.FromText(Text(schema), options)
            .Evaluate(JsonSerializer.SerializeToElement(value), evaluation);
        return result.IsValid
            ? []
            : [.. from detail in result.Details
                  from error in detail.Errors ?? new Dictionary<string, string>()
                  select $"{detail.InstanceLocation}: {error.Value}"];
    }

    private static string Text(JsonNode schema) =>
        schema.ToJsonString().Replace("#/components/schemas/", $"{Id}#/$defs/", StringComparison.Ordinal);
}
