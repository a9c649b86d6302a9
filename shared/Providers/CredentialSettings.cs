using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>A credential to be added.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Name">Tells it from others for the same provider.</param>
/// <param name="Secret">The key.</param>
/// <param name="BaseUrl">The address of one's own resource or server; only where the provider has none.</param>
/// <param name="IsPersonal">Whether it is the caller's own and nobody else's.</param>
public sealed record NewCredential(
    [Required, StringLength(50)] string Provider,
    [Required, StringLength(100), Name] string Name,
    [RegularExpression(CredentialRules.SecretPattern, ErrorMessage = CredentialRules.SecretExpected)] string Secret,
    string? BaseUrl = null,
    bool IsPersonal = false)
{
    public static NewCredential Example => new("openai", "the team's key", "sk-example-0000000000000000000000");

    // Not what the compiler would write: a key is not to end up in a log.
    public override string ToString() => $"{Provider} {Name}";
}

/// <summary>What may be changed of a credential.</summary>
/// <param name="Secret">A new key; null keeps the one there is.</param>
public sealed record CredentialSettings(
    [Required, StringLength(100), Name] string Name,
    string? BaseUrl,
    bool IsActive,
    [RegularExpression(CredentialRules.SecretPattern, ErrorMessage = CredentialRules.SecretExpected)]
    string? Secret = null)
{
    public static CredentialSettings Example => new("the team's key", null, IsActive: true);

    public override string ToString() => Name;
}
