using System.Text.Json.Serialization;

namespace Assay;

// What the API answers, as far as it is shown here.

internal sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

internal sealed record Document(
    Guid Id,
    string Title,
    string BlobPath,
    string ContentHash,
    string Status,
    string? Error,
    int ChunkCount,
    int? TokenCount);

internal sealed record Hit(
    string Title,
    IReadOnlyList<string> HeadingPath,
    double Score,
    VectorPart? Vector,
    TextPart? Text,
    string Snippet);

internal sealed record VectorPart(double Similarity, int Rank);

internal sealed record TextPart(int Rank);

internal sealed record Node(string Key, string Status, double? Score);

internal sealed record Run(
    Guid Id,
    string Status,
    Guid SubjectId,
    string? Error,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<Node> Nodes);

internal sealed record JudgeScore(string Criterion, double Score);

internal sealed record Finding(string Rule, string Severity, string Quote, string Message);

internal sealed record Contradiction(string FirstQuote, string SecondQuote, string Reason);

internal sealed record Patch(string Rule);

internal sealed record Question([property: JsonPropertyName("question")] string Text);

internal sealed record Analysis(
    Guid Id,
    string? Name,
    string DetectedLanguage,
    string DetectedFormat,
    double OverallScore,
    double JudgeScore,
    double ComplexityScore,
    double? SemanticEntropy,
    int LengthWords,
    int LengthTokens,
    IReadOnlyList<JudgeScore> JudgeScores,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<Contradiction> Contradictions,
    IReadOnlyList<Patch> Patches,
    IReadOnlyList<Question> ClarifyQuestions)
{
    [JsonIgnore]
    public Run? Run { get; init; }
}

internal sealed record AnalysisDay(DateOnly Day, int Analyses, int Failures, double? AvgOverall, double? AvgJudge);

internal sealed record FeatureDay(DateOnly Day, string FeatureKey, int Events);

internal sealed record MetricBucket(DateTimeOffset TsBucket, string MetricKey, double ValueNum);
