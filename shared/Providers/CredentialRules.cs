namespace Assay;

/// <summary>What a provider asks of its credentials.</summary>
public static class CredentialRules
{
    /// <summary>Nothing that could end a header.</summary>
    public const string SecretPattern = "^[!-~]{8,4096}$";

    public const string SecretExpected = "8 to 4096 printable ASCII characters without spaces";

    /// <summary>What was expected, by field; empty when all is well.</summary>
    /// <param name="secret">Null where it is kept.</param>
    public static IReadOnlyDictionary<string, string[]> Check(Provider provider, string? secret, string? baseUrl)
    {
        var errors = new Dictionary<string, string[]>();
        if (provider.ValidationRules is null)
            errors["provider"] = [$"expected a provider that takes keys; {provider.Name} needs none"];
        if (secret is not null && provider.ApiKeyPattern is { } pattern && !KeyPattern.Matches(pattern, secret))
            errors["secret"] = [$"expected a key of {provider.DisplayName}, which matches {pattern}"];
        if (provider.BaseUrl is not null && baseUrl is not null)
            errors["baseUrl"] = [$"expected none: {provider.DisplayName} is at {provider.BaseUrl}"];
        else if (provider.BaseUrl is null && (baseUrl is null || !OutboundUrl.IsValid(baseUrl)))
            errors["baseUrl"] = [OutboundUrl.Expected];
        return errors;
    }

    /// <summary>The last four characters, of a key long enough that they give little away.</summary>
    public static string? LastFour(string secret) => secret.Length >= 16 ? secret[^4..] : null;
}
