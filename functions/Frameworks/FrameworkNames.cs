using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Holds names of frameworks against those that there are, built in and the organization's own.</summary>
internal static class FrameworkNames
{
    /// <summary>What was expected of fields that name a framework which is not there; by field.</summary>
    /// <param name="named">The name in each field.</param>
    public static async Task<Dictionary<string, string[]>> CheckAsync(
        FrameworkStore frameworks, IReadOnlyDictionary<string, string> named, CancellationToken cancellation)
    {
        var known = named.Count == 0
            ? new HashSet<string>()
            : [.. await frameworks.ListKnownAsync([.. named.Values.Distinct()], cancellation)];
        return named.Where(field => !known.Contains(field.Value)).ToDictionary(
            field => field.Key,
            field => new[] { $"expected the name of a framework, as in /api/frameworks; there is no {field.Value}" });
    }

    /// <summary>The problem with one field. Null when there is such a framework, or none is named.</summary>
    /// <param name="before">What the field was; that may be gone since, and stay.</param>
    public static async Task<Problem?> CheckAsync(
        FrameworkStore frameworks, string field, string? name, string? before, CancellationToken cancellation) =>
        name is not null && name != before
        && await CheckAsync(frameworks, new Dictionary<string, string> { [field] = name }, cancellation)
            is { Count: > 0 } errors
            ? Problems.Invalid(errors)
            : null;

    /// <summary>The framework that a content names; null when its type has none.</summary>
    /// <param name="content">One that is as its type asks for.</param>
    public static string? Of(EntityType type, JsonObject? content) =>
        type.Content == typeof(TemplateContent) ? (string?)content?["framework"] : null;
}
