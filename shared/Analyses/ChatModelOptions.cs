using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>
/// Section <c>Assay:Chat</c>: the model that judges prompts and answers them for the semantic entropy, at any endpoint
/// that speaks the OpenAI chat completions protocol. Without a base URL there is none, and the built-in judge judges.
/// </summary>
public sealed class ChatModelOptions : IValidatableObject
{
    public const string Section = "Assay:Chat";

    /// <summary>Up to and without <c>/chat/completions</c>, such as <c>http://127.0.0.1:11434/v1</c>.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Sent as a bearer token; self-hosted servers often need none.</summary>
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

    public bool IsConfigured => !string.IsNullOrWhiteSpace(BaseUrl);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!IsConfigured)
            yield break;
        if (!Uri.TryCreate(BaseUrl, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            yield return new("Assay__Chat__BaseUrl must be an http or https URL.", [nameof(BaseUrl)]);
        if (string.IsNullOrWhiteSpace(Model))
            yield return new("Set Assay__Chat__Model to the model's name at that endpoint.", [nameof(Model)]);
        if (Samples == 1)
            yield return new(
                "Assay__Chat__Samples must be 0 or at least 2: one answer has no entropy.", [nameof(Samples)]);
    }
}
