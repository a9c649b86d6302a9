using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>The body of <c>POST /analyses</c>: either a text or a document that has been ingested.</summary>
/// <param name="Format">auto (when absent), text, markdown or xml.</param>
/// <param name="Language">auto (when absent), or an ISO 639-1 code.</param>
/// <param name="RubricId">What to judge by; the built-in rubric when absent.</param>
/// <param name="Samples">Answers to sample for the semantic entropy: 0, or 2 to 20.</param>
public sealed partial record AnalysisRequest(
    string? Text = null,
    Guid? DocumentId = null,
    string? Name = null,
    string? Format = null,
    string? Language = null,
    Guid? RubricId = null,
    int? Samples = null)
{
    public const int TextBytesMax = 1024 * 1024;
    public const int NameLengthMax = 255;

    /// <summary>What is wrong with the members themselves, by their names.</summary>
    public Dictionary<string, string[]> Errors()
    {
        var errors = new Dictionary<string, string[]>();
        if (Text is null == DocumentId is null)
            errors["text"] = ["expected either text or documentId"];
        else if (Text is not null && TextError(Text) is { } error)
            errors["text"] = [error];
        if (Name is { Length: > NameLengthMax })
            errors["name"] = [$"expected at most {NameLengthMax} characters"];
        if (Format is not null && !PromptFormat.Declarable.Contains(Format))
            errors["format"] = [$"expected one of {string.Join(", ", PromptFormat.Declarable)}"];
        if (Language is not (null or "auto") && !LanguageCode().IsMatch(Language))
            errors["language"] = ["expected auto or an ISO 639-1 code such as en"];
        if (Samples is < 0 or 1 or > AnswerSampler.SamplesMax)
            errors["samples"] = [$"expected 0, or a whole number from 2 to {AnswerSampler.SamplesMax}"];
        return errors;
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

    public NewAnalysis ToAnalysis(Guid id, string text, string? title) => new(
        id, text, DocumentId, Name ?? (title is null ? null : Outline.Shorten(title, NameLengthMax)),
        Format ?? "auto", Language ?? "auto",
        RubricId ?? RubricStore.BuiltInId, Samples);

    [GeneratedRegex("^[a-z]{2}$")]
    private static partial Regex LanguageCode();
}
