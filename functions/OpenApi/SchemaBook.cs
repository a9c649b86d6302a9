using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>
/// JSON schemas of the API's types. Each type of our own is written down once, under its name, and referred to; an
/// entity once more for each type of entities, whose content it then has.
/// </summary>
internal sealed class SchemaBook(XmlComments comments)
{
    private readonly SortedDictionary<string, JsonNode?> schemas = new(StringComparer.Ordinal);
    private EntityType? about;

    /// <summary>Every schema that was referred to, by its name.</summary>
    public JsonObject All() =>
        new(schemas.Select(schema => KeyValuePair.Create(schema.Key, schema.Value?.DeepClone())));

    /// <summary>A reference for a type of our own, else the schema itself.</summary>
    /// <param name="entities">What entities are of where there are any; null for those of all types.</param>
    public JsonNode Of(Type type, EntityType? entities)
    {
        about = entities;
        return Of(type);
    }

    private JsonObject Of(Type type) => IsOurs(type) ? Refer(type) : Export(type);

    /// <summary>What a value of the type may look like; null where only null is known of it.</summary>
    /// <param name="entities">As for <see cref="Of(Type,EntityType)"/>.</param>
    public JsonNode? ExampleOf(Type type, EntityType? entities) => SchemaExamples.Of(type, entities)
        ?? new SchemaExamples(reference => schemas[reference.Split('/')[^1]]!).Make(Of(type, entities), "text");

    /// <summary>The schema itself, not to be referred to.</summary>
    public JsonObject Export(Type type) => (JsonObject)Json.Options.GetJsonSchemaAsNode(type, new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Transform,
    });

    private static bool IsOurs(Type type) => type.Namespace == nameof(Assay) && !type.IsArray;

    private JsonObject Refer(Type type)
    {
        var name = NameOf(type);
        // Entered before it is made: a type may hold itself.
        if (schemas.TryAdd(name, null))
        {
            var outer = about;
            about = HoldsEntity(type) ? about : null;
            schemas[name] = Export(type);
            about = outer;
        }
        return new() { ["$ref"] = $"#/components/schemas/{name}" };
    }

    // A page of documents is a DocumentPage, and an EntityBody behind the door of prompts a PromptBody.
    private string NameOf(Type type) => type.IsGenericType
        ? string.Concat(type.GetGenericArguments().Select(NameOf)) + type.Name.Split('`')[0]
        : about is not null && HoldsEntity(type)
            ? about.Content.Name.Replace("Content", type.Name[nameof(Entity).Length..])
            : type.Name;

    private static bool HoldsEntity(Type type) =>
        type == typeof(Entity) || type == typeof(EntityBody) || type.GetGenericArguments().Any(HoldsEntity);

    private JsonObject Content() => about is not null
        ? Refer(about.Content)
        : new() { ["anyOf"] = new JsonArray([.. EntityType.All.Select(type => Refer(type.Content))]) };

    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode exported)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var schema = exported as JsonObject ?? [];
        if (context.PropertyInfo is { } carrier && JsonOf(carrier) is { } carried)
            schema = carrier.IsSetNullable || carrier.IsGetNullable ? OrNull(Of(carried)) : Of(carried);
        else if (context.Path.Length > 0 && IsOurs(type))
            schema = MayBeNull(schema) ? OrNull(Refer(type)) : Refer(type);
        else if (schema["enum"] is JsonArray { Count: > 0 } values && schema["type"] is null)
            schema["type"] = values.Contains(null) ? new JsonArray("string", "null") : "string";

        if (context.PropertyInfo is { Name: "content" } content && HoldsEntity(content.DeclaringType))
            schema = Content();
        if (context.PropertyInfo is { } property)
        {
            SchemaRules.Apply(Rules.Of(property), schema);
            Describe(schema, property.AttributeProvider is MemberInfo member ? comments.Of(member) : null);
        }
        else if (context.Path.Length == 0)
        {
            Describe(schema, comments.Of(type));
            if (SchemaExamples.Of(type, about) is { } example)
                schema["examples"] = new JsonArray(example);
        }
        return schema;
    }

    private static JsonObject OrNull(JsonNode schema) =>
        new() { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };

    private static Type? JsonOf(JsonPropertyInfo property) =>
        new[] { property.AttributeProvider, property.AssociatedParameter?.AttributeProvider }
            .OfType<ICustomAttributeProvider>()
            .SelectMany(place => place.GetCustomAttributes(typeof(JsonOfAttribute), inherit: true))
            .OfType<JsonOfAttribute>().FirstOrDefault()?.Type;

    private static void Describe(JsonObject schema, string? description)
    {
        if (description is not null)
            schema["description"] = description;
    }

    private static bool MayBeNull(JsonObject schema) =>
        (schema["type"] is JsonArray types && types.Any(type => (string?)type == "null"))
        || (schema["enum"] is JsonArray values && values.Any(value => value is null));
}
