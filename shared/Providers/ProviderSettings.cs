using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Assay;

/// <summary>What administrators of the installation may change of a provider.</summary>
public sealed record ProviderSettings(
    [Required, StringLength(100)] string DisplayName,
    string? BaseUrl,
    [MaxLength(500)] string? ApiKeyPattern,
    [Range(1, 1_000_000)] int MaxRequestsPerMinute,
    [Range(1, 1_000_000_000)] int MaxRequestsPerDay,
    [MaxLength(500)] IReadOnlyList<ProviderModel> Models,
    ValidationRules? ValidationRules,
    bool IsActive) : IValidatableObject
{
    public static ProviderSettings Example => new(
        "OpenAI", "https://api.openai.com/v1", "^sk-[A-Za-z0-9_-]{20,}$", 60, 1000, [], null, IsActive: true);

    /// <summary>What a provider has now.</summary>
    public static ProviderSettings Of(Provider provider) =>
        JsonSerializer.SerializeToElement(provider, JsonSerializerOptions.Web)
            .Deserialize<ProviderSettings>(JsonSerializerOptions.Web)!;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (BaseUrl is not null && !OutboundUrl.IsValid(BaseUrl))
            yield return new(OutboundUrl.Expected, [nameof(BaseUrl)]);
        if (ApiKeyPattern is not null && !KeyPattern.IsValid(ApiKeyPattern))
            yield return new(KeyPattern.Expected, [nameof(ApiKeyPattern)]);
        if (Models.Select(model => model.Id).Distinct().Count() < Models.Count)
            yield return new("expected each id once", [nameof(Models)]);
    }
}
