using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>How a key is tried without cost: a GET that only a good key has answered.</summary>
/// <param name="Path">Below the base URL, such as <c>/models</c>.</param>
/// <param name="Header">The header that takes the key.</param>
/// <param name="Prefix">What stands before the key there, such as <c>Bearer </c> with its space.</param>
/// <param name="Headers">Others to send, such as the version of an API.</param>
public sealed record ValidationRules(
    [RegularExpression("^/[A-Za-z0-9/._-]{0,200}$", ErrorMessage = "a path such as /models")] string Path,
    [RegularExpression("^[A-Za-z0-9-]{1,100}$", ErrorMessage = "the name of a header")] string Header,
    [RegularExpression("^[A-Za-z0-9 ]{0,20}$", ErrorMessage = "at most 20 letters, digits and spaces")]
    string? Prefix = null,
    IReadOnlyDictionary<string, string>? Headers = null)
{
    public static ValidationRules Example => new("/models", "Authorization", "Bearer ");

    /// <summary>Shows a key to the provider with a request.</summary>
    internal void Show(string secret, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(Header, Prefix + secret);
        foreach (var (name, value) in Headers ?? new Dictionary<string, string>())
            request.Headers.TryAddWithoutValidation(name, value);
    }
}
