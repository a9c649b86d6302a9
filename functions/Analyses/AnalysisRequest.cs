using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Assay;

/// <summary>
/// The body of <c>POST /analyses</c>: a text, a document that has been ingested, or a saved prompt, template or
/// context.
/// </summary>
/// <param name="EntityVersion">The version of the entity; the present one when absent.</param>
/// <param name="Format">auto (when absent), text, markdown or xml.</param>
/// <param name="Language">auto (when absent), or an ISO 639-1 code.</param>
/// <param name="RubricId">What to judge by; the built-in rubric when absent.</param>
/// <param name="Samples">Answers to sample for the semantic entropy: 0, or 2 to 20.</param>
public sealed record AnalysisRequest(
    string? Text = null,
    Guid? DocumentId = null,
    Guid? EntityId = null,
    [Range(1, int.MaxValue)] int? EntityVersion = null,
    [MaxLength(AnalysisRequest.NameLengthMax)] string? Name = null,
    [AllowedValues(PromptFormat.Auto, PromptFormat.Text, PromptFormat.Markdown, PromptFormat.Xml)]
    string? Format = null,
    [RegularExpression("auto|[a-z]{2}", ErrorMessage = "auto or an ISO 639-1 code such as en")]
    string? Language = null,
    Guid? RubricId = null,
    [Range(0, AnswerSampler.SamplesMax)] int? Samples = null) : IValidatableObject
{
    public static AnalysisRequest Example => new("You are a support assistant. Answer briefly.", Name: "Support");

    public const int TextBytesMax = 1024 * 1024;
    public const int NameLengthMax = 255;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (new object?[] { Text, DocumentId, EntityId }.Count(source => source is not null) != 1)
            yield return new("expected either text, documentId or entityId", [nameof(Text)]);
        else if (Text is not null && TextError(Text) is { } error)
            yield return new(error, [nameof(Text)]);
        if (EntityVersion is not null && EntityId is null)
            yield return new("expected entityId, too", [nameof(EntityVersion)]);
        if (Samples == 1)
            yield return new("expected 0, or at least 2 to compare", [nameof(Samples)]);
    }

    /// <summary>What makes a text unfit to be analyzed; null when nothing does.</summary>
    public static string? TextError(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return "expected a prompt; this is empty";
        return Encoding.UTF8.GetByteCount(text) > TextBytesMax
            ? $"expected at most {TextBytesMax:N0} bytes of UTF-8; this has {Encoding.UTF8.GetByteCount(text):N0}"
            : null;
    }

    /// <param name="version">That of the entity, if it is one's.</param>
    public NewAnalysis ToAnalysis(Guid id, string text, string? title, int? version) => new(
        id, text, DocumentId, EntityId, version, Name ?? (title is null ? null : Outline.Shorten(title, NameLengthMax)),
        Format ?? "auto", Language ?? "auto",
        RubricId ?? RubricStore.BuiltInId, Samples);
}
