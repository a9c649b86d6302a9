using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Section <c>Assay:Secrets</c>: the key-encryption keys. Several may be there at a time, so that what an older one
/// sealed stays readable until it is sealed anew; without any, the app runs and refuses to keep secrets.
/// </summary>
public sealed partial class SecretsOptions : IValidatableObject
{
    public const string Section = "Assay:Secrets";

    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>Base64 of <see cref="KeyLength"/> random bytes, by key id.</summary>
    public Dictionary<string, string> Keys { get; set; } = [];

    /// <summary>Those that have a value: a setting can be emptied where it cannot be removed.</summary>
    internal IReadOnlyDictionary<string, string> Given =>
        Keys.Where(key => !string.IsNullOrEmpty(key.Value)).ToDictionary();

    /// <summary>
    /// Id of the key that seals from now on: one of <see cref="Keys"/>, or <c>name/version</c> of a key of
    /// <see cref="KeyVault"/>. The version is named so that all processes agree which one it is.
    /// </summary>
    public string CurrentKey { get; set; } = "";

    /// <summary>Address of an Azure Key Vault, such as <c>https://example.vault.azure.net</c>; null for none.</summary>
    public string? KeyVault { get; set; }

    /// <summary>What the vault's tokens are for; another one in the sovereign clouds.</summary>
    [Required]
    public string KeyVaultResource { get; set; } = "https://vault.azure.net";

    /// <summary>Client id of the user-assigned identity that asks the vault; null for the app's own.</summary>
    public string? KeyVaultIdentity { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        // Messages name settings and never quote a key.
        foreach (var (id, key) in Given)
        {
            if (!ConfiguredId().IsMatch(id))
                yield return new(
                    "The id in Assay__Secrets__Keys__{id} is 1 to 64 of a-z, A-Z, 0-9, - and _.", [nameof(Keys)]);
            else if (!IsKey(key))
                yield return new(
                    $"Assay__Secrets__Keys__{id} must be the base64 of {KeyLength} bytes.", [nameof(Keys)]);
        }
        if (KeyVault is { Length: > 0 } && !IsVault(KeyVault))
            yield return new(
                "Assay__Secrets__KeyVault must be an https URL such as https://example.vault.azure.net.",
                [nameof(KeyVault)]);
        if (CurrentProblem() is { } problem)
            yield return new(problem, [nameof(CurrentKey)]);
    }

    /// <summary>Whether a key of this id is in the vault rather than in the settings.</summary>
    internal static bool IsOfVault(string keyId) => keyId.Contains('/');

    private string? CurrentProblem()
    {
        var hasVault = !string.IsNullOrEmpty(KeyVault);
        if (CurrentKey.Length == 0)
            return Given.Count > 0 || hasVault
                ? "Set Assay__Secrets__CurrentKey to the id of the key that seals secrets."
                : null;
        if (IsOfVault(CurrentKey))
            return hasVault && VaultId().IsMatch(CurrentKey)
                ? null
                : "Assay__Secrets__CurrentKey names a key of a vault: it must read name/version, and "
                    + "Assay__Secrets__KeyVault must be set.";
        return Given.ContainsKey(CurrentKey)
            ? null
            : "Assay__Secrets__CurrentKey must be the id of a key in Assay__Secrets__Keys__{id}.";
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[KeyLength + 1];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == KeyLength;
    }

    // Over plain HTTP only to this machine.
    private static bool IsVault(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback))
        && url.PathAndQuery == "/";

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ConfiguredId();

    [GeneratedRegex("^[A-Za-z0-9-]{1,127}/[A-Za-z0-9]{1,64}$")]
    private static partial Regex VaultId();
}
