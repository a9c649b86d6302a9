using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Assay;

/// <summary>
/// Makes records of query parameters. Names, types, what is required and what values are allowed come from the record
/// and its data annotations, as for a body:
/// <code>
/// public sealed record RunListQuery([MaxLength(64)] string? Kind, Guid? SubjectId) : PageQuery;
///
/// if (Query.Read&lt;RunListQuery&gt;(request, out var query) is { } problem)
///     return problem;
/// </code>
/// </summary>
public static class Query
{
    /// <summary>Null when <paramref name="query"/> was read, else a problem that names every parameter.</summary>
    public static Problem? Read<T>(HttpRequest request, out T query)
        where T : class =>
        Read(request.Query, out query);

    /// <summary>The same for the fields of a form.</summary>
    public static Problem? Read<T>(IEnumerable<KeyValuePair<string, StringValues>> given, out T query)
        where T : class
    {
        query = null!;
        var type = Json.Options.GetTypeInfo(typeof(T));
        var values = given.ToList();
        var counts = values.Select(value => KeyValuePair.Create(value.Key, value.Value.Count));
        if (Refusal(counts, typeof(T)) is { } problem)
            return problem;

        var json = new JsonObject();
        var errors = new Dictionary<string, string[]>();
        foreach (var (name, value) in values)
        {
            // What is there but empty, as a form sends it, is as good as absent.
            if (value.ToString() is not { Length: > 0 } text || name == FunctionKey)
                continue;
            var property = type.Properties.First(member => member.Name == name);
            if (Parse(text, property) is { } parsed)
                json[name] = parsed;
            else
                errors[name] = [$"expected {Expectation.Of(property)}"];
        }
        return Make(json, type, errors, out query);
    }

    /// <summary>
    /// The problem with parameters that a route does not take, or takes once; null when there is none.
    /// </summary>
    /// <param name="query">The route's query record; null for a route without parameters.</param>
    public static Problem? Refusal(HttpRequest request, Type? query) =>
        request.Query.Count == 0
            ? null
            : Refusal(request.Query.Select(value => KeyValuePair.Create(value.Key, value.Value.Count)), query);

    // The host takes its function key from the query, on every route.
    private const string FunctionKey = "code";

    private static Problem? Refusal(IEnumerable<KeyValuePair<string, int>> given, Type? query)
    {
        var known = query is null
            ? []
            : Json.Options.GetTypeInfo(query).Properties.Where(JsonShape.IsMember).Select(p => p.Name).ToArray();
        var errors = new Dictionary<string, string[]>();
        foreach (var (name, count) in given.Where(value => value.Key != FunctionKey))
        {
            if (!known.Contains(name))
                errors[name] = [known.Length == 0
                    ? "unknown parameter; there are none here"
                    : $"unknown parameter; known are {string.Join(", ", known)}"];
            else if (count > 1)
                errors[name] = ["expected once"];
        }
        return errors.Count == 0
            ? null
            : Problems.Malformed("Some parameters are not as expected; see errors.", errors);
    }

    private static Problem? Make<T>(
        JsonObject json, JsonTypeInfo type, Dictionary<string, string[]> errors, out T query)
        where T : class
    {
        query = null!;
        using var document = JsonDocument.Parse(json.ToJsonString());
        foreach (var (name, expected) in JsonShape.Check(document.RootElement, type))
            errors.TryAdd(name, expected);
        if (errors.Count > 0)
            return Problems.Invalid(errors);

        query = (T)document.RootElement.Deserialize(type)!;
        return Validation.Check(query) is { Count: > 0 } broken ? Problems.Invalid(broken) : null;
    }

    // A time without an offset is taken as UTC.
    private static JsonNode? Parse(string text, JsonPropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var culture = CultureInfo.InvariantCulture;
        return type switch
        {
            _ when type == typeof(Guid) => Guid.TryParse(text, out var id) ? id : null,
            _ when type == typeof(int) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var whole) ? whole : null,
            _ when type == typeof(long) =>
                long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var whole) ? whole : null,
            _ when type == typeof(double) =>
                double.TryParse(text, NumberStyles.Float, culture, out var number) && double.IsFinite(number)
                    ? number : null,
            _ when type == typeof(bool) => text switch { "true" => true, "false" => false, _ => null },
            _ when type == typeof(DateTimeOffset) =>
                DateTimeOffset.TryParse(
                    text, culture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                    ? time : null,
            _ => text,
        };
    }
}
