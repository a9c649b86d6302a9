using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>The states of an analysis; pending is live.</summary>
public static class AnalysisStatus
{
    public const string Pending = "pending";
    public const string Completed = "completed";
    public const string Failed = "failed";

    public static readonly string[] All = [Pending, Completed, Failed];
}

/// <param name="EntityVersion">Of the entity, if it is one's.</param>
/// <param name="Format">auto, text, markdown or xml.</param>
/// <param name="Language">auto, or an ISO 639-1 code.</param>
/// <param name="Samples">Answers to sample for the semantic entropy; null takes the configured number.</param>
public sealed record NewAnalysis(
    Guid Id, string Text, Guid? DocumentId, Guid? EntityId, int? EntityVersion, string? Name, string Format,
    string Language, Guid RubricId, int? Samples);

/// <summary>What <see cref="AnalysisStore.ListAsync"/> leaves out; null takes all.</summary>
public sealed record AnalysisFilter(
    double? MinScore = null,
    string? Language = null,
    string? Status = null,
    Guid? DocumentId = null,
    Guid? EntityId = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null);

/// <summary>An analysis in a list. What has not been found out yet is null.</summary>
/// <param name="EntityId">The saved prompt that it is of, in its version <paramref name="EntityVersion"/>.</param>
public sealed record Analysis(
    Guid Id,
    string? Name,
    Guid? DocumentId,
    Guid? EntityId,
    int? EntityVersion,
    [AllowedValues(AnalysisStatus.Pending, AnalysisStatus.Completed, AnalysisStatus.Failed)] string Status,
    string? Error,
    string? DetectedLanguage,
    string? DetectedFormat,
    double? OverallScore,
    double? JudgeScore,
    double? SemanticEntropy,
    double? ComplexityScore,
    int? LengthChars,
    int? LengthWords,
    int? LengthTokens,
    DateTimeOffset CreatedAt,
    DateTimeOffset? CompletedAt)
{
    public static Analysis Example => new(
        Sample.Id, "Support", null, null, null, AnalysisStatus.Completed, null, "en", "markdown",
        6.4, 6.9, 0.31, 4.2, 1_204, 182, 241, Sample.At, Sample.At.AddSeconds(1));
}

/// <summary>An analysis with its text and everything found in it.</summary>
/// <param name="Metadata">
/// Who judged and what could not be, how sure the language is, and what else nodes found on the way.
/// </param>
/// <param name="Version">Changes with every change of the row.</param>
public sealed record AnalysisDetail(
    Guid Id,
    string? Name,
    Guid? DocumentId,
    Guid? EntityId,
    int? EntityVersion,
    Guid? RubricId,
    [AllowedValues(AnalysisStatus.Pending, AnalysisStatus.Completed, AnalysisStatus.Failed)] string Status,
    string? Error,
    string PromptContent,
    string FormatType,
    string Language,
    string? DetectedLanguage,
    string? DetectedFormat,
    bool FormatValid,
    double? OverallScore,
    double? JudgeScore,
    double? SemanticEntropy,
    double? ComplexityScore,
    int? LengthChars,
    int? LengthWords,
    int? LengthTokens,
    [JsonOf(typeof(JudgedCriterion[]))] JsonNode JudgeScores,
    [JsonOf(typeof(Finding[]))] JsonNode Findings,
    [JsonOf(typeof(Contradiction[]))] JsonNode Contradictions,
    [JsonOf(typeof(Patch[]))] JsonNode Patches,
    [JsonOf(typeof(ClarifyingQuestion[]))] JsonNode ClarifyQuestions,
    JsonObject Metadata,
    DateTimeOffset CreatedAt,
    DateTimeOffset? CompletedAt,
    [property: JsonIgnore] string Version);

/// <summary>What the judge says of a criterion of the rubric.</summary>
/// <param name="Criterion">Its key.</param>
/// <param name="Score">0–10.</param>
public sealed record JudgedCriterion(
    string Criterion, string Title, double Weight, double Score, string? Comment,
    IReadOnlyList<JudgeEvidence> Evidence)
{
    public static JudgedCriterion Example => new(
        "clarity", "Clarity", 1.5, 4, "Some words leave open what is meant.", [new(new(12, 24), "some examples")]);
}

/// <summary>What a node of an analysis works on.</summary>
public sealed record AnalysisInput(
    Guid Id,
    string Status,
    string PromptContent,
    string FormatType,
    string Language,
    Guid? RubricId,
    int? Samples,
    DateTimeOffset CreatedAt);
