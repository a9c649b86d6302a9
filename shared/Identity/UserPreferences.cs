using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What a person prefers. It is the body of a change as well; what is left out there is the default.</summary>
/// <param name="SelectedProvider">Of the model to use where a request names none.</param>
/// <param name="SelectedFramework">The name of a built-in one, or of one of the organization's own.</param>
/// <param name="Language">A BCP 47 tag such as <c>en</c> or <c>pt-BR</c>.</param>
/// <param name="MaxHistoryDays">How long history is kept, when <paramref name="AutoCleanup"/> is on.</param>
/// <param name="Preferences">Whatever else a client keeps; 16 KB of JSON at most.</param>
public sealed record UserPreferences(
    [StringLength(50, MinimumLength = 1)] string? SelectedProvider = null,
    [StringLength(100, MinimumLength = 1)] string? SelectedModel = null,
    [StringLength(50, MinimumLength = 1)] string SelectedFramework = "roses",
    [AllowedValues("light", "dark", "system")] string Theme = "dark",
    [MaxLength(10)]
    [RegularExpression("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", ErrorMessage = "a language tag such as en or pt-BR")]
    string Language = "en",
    bool EnableNotifications = true,
    bool EnableAnalytics = true,
    bool EnableHistory = true,
    bool EnableFeedback = true,
    [Range(1, 3650)] int MaxHistoryDays = 30,
    bool AutoCleanup = true,
    JsonObject? Preferences = null) : IValidatableObject
{
    public static UserPreferences Example => new(Theme: "light", Language: "pt-BR");

    private const int LengthMax = 16 * 1024;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Preferences?.ToJsonString().Length > LengthMax)
            yield return new($"expected at most {LengthMax:N0} characters of JSON", [nameof(Preferences)]);
    }
}

/// <param name="UpdatedAt">Null while a person has changed nothing.</param>
public sealed record StoredPreferences(UserPreferences Values, DateTimeOffset? UpdatedAt)
{
    public string Version => $"{UpdatedAt?.UtcTicks ?? 0:x}";
}
