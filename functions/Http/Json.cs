using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>
/// The one JSON shape of the API: camelCase, enums as camelCase strings, nothing unknown, nothing twice; a constructor
/// parameter is required unless it may be null or has a default.
/// </summary>
public static class Json
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Gives other options, such as ASP.NET's own, the same shape.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        // Answers are JSON, never spliced into HTML, so text in any script stays readable.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireWhatCannotBeNull } };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }

    private static void RequireWhatCannotBeNull(JsonTypeInfo type)
    {
        // What is only ever written, such as an anonymous type, has no setter and may not be required of anyone.
        foreach (var property in type.Properties.Where(property => property.Set is not null))
            property.IsRequired |= property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false };
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
