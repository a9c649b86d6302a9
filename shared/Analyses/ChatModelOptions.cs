using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>
/// Section <c>Assay:Chat</c>: the model that judges prompts and answers them for the semantic entropy, at any endpoint
/// that speaks the OpenAI chat completions protocol. Without a base URL and a provider there is none, and the built-in
/// judge judges.
/// </summary>
public sealed class ChatModelOptions : IValidatableObject
{
    public const string Section = "Assay:Chat";

    private const string SelfHosted = "self-hosted";

    /// <summary>
    /// Whose limits hold, and whose credentials of organizations go before <see cref="ApiKey"/>: <c>openai</c>,
    /// <c>azure-openai</c> or <c>self-hosted</c>.
    /// </summary>
    [AllowedValues("openai", "azure-openai", SelfHosted)]
    public string Provider { get; set; } = SelfHosted;

    /// <summary>
    /// Up to and without <c>/chat/completions</c>, such as <c>http://127.0.0.1:11434/v1</c>. Without one
    /// <see cref="ApiKey"/> goes to the provider's own address; credentials of organizations name theirs.
    /// </summary>
    public string? BaseUrl { get; set; }

    /// <summary>For organizations that have no credential; self-hosted servers often need none.</summary>
    public string? ApiKey { get; set; }

    public string Model { get; set; } = "";

    /// <summary>For one answer.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>How often a call is tried while the endpoint is overloaded or away.</summary>
    [Range(1, 10)]
    public int AttemptsMax { get; set; } = 3;

    /// <summary>
    /// Answers sampled for the semantic entropy of a prompt when a request names no number; 0 samples none.
    /// </summary>
    [Range(0, AnswerSampler.SamplesMax)]
    public int Samples { get; set; } = 5;

    public bool IsConfigured => !string.IsNullOrWhiteSpace(BaseUrl) || Provider != SelfHosted;

    internal InstallationKey InstallationKey => new(
        string.IsNullOrWhiteSpace(BaseUrl) ? null : BaseUrl, string.IsNullOrEmpty(ApiKey) ? null : ApiKey);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!IsConfigured)
            yield break;
        if (InstallationKey.BaseUrl is { } url && !IsHttp(url))
            yield return new("Assay__Chat__BaseUrl must be an http or https URL.", [nameof(BaseUrl)]);
        if (string.IsNullOrWhiteSpace(Model))
            yield return new("Set Assay__Chat__Model to the model's name at that endpoint.", [nameof(Model)]);
        if (Samples == 1)
            yield return new(
                "Assay__Chat__Samples must be 0 or at least 2: one answer has no entropy.", [nameof(Samples)]);
    }
    private static bool IsHttp(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https");
}
