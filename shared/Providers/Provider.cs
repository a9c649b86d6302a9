using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Who computes: models, embedders. Known to every organization.</summary>
/// <param name="Name">As in <c>ops.usage_event.provider</c>, such as <c>openai</c>.</param>
/// <param name="BaseUrl">Null where each credential has an address of its own, or none is needed.</param>
/// <param name="ApiKeyPattern">A regular expression that the provider's keys match; null accepts all.</param>
/// <param name="Models">What can be asked for there.</param>
/// <param name="ValidationRules">How a key is tried; null where no key is taken.</param>
public sealed record Provider(
    Guid Id,
    string Name,
    string DisplayName,
    string? BaseUrl,
    string? ApiKeyPattern,
    int MaxRequestsPerMinute,
    int MaxRequestsPerDay,
    [JsonOf(typeof(ProviderModel[]))] JsonArray Models,
    [JsonOf(typeof(ValidationRules))] JsonObject? ValidationRules,
    bool IsActive,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    internal const string Columns =
        """
        id, name, display_name, base_url, api_key_pattern, max_requests_per_minute, max_requests_per_day, models,
        validation_rules, is_active, version, created_at, updated_at
        """;

    internal ValidationRules? Rules() =>
        ValidationRules?.Deserialize<ValidationRules>(JsonSerializerOptions.Web);
}
