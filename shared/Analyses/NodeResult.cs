namespace Assay;

/// <summary>
/// What a node found out: its outcome for <c>workflow_node</c> and its metrics for <c>workflow_metric</c>.
/// </summary>
internal sealed record NodeResult(NodeOutcome Outcome, IReadOnlyList<RunMetric> Metrics)
{
    public static NodeResult Of<T>(string status, double? score, T details, params IReadOnlyList<RunMetric> metrics) =>
        new(new NodeOutcome(status, score, AnalysisJson.Object(details)), metrics);
}

internal sealed record LanguageDetails(string Code, double Confidence, bool Declared);

/// <param name="NotChecked">Ids of the rules that there was no time for.</param>
internal sealed record LintDetails(
    int Errors, int Warnings, int Infos, IReadOnlyList<Finding> Findings, IReadOnlyList<string>? NotChecked = null);

/// <param name="NotChecked">The kinds that there was no time for.</param>
internal sealed record ContradictionDetails(
    IReadOnlyList<Contradiction> Contradictions, IReadOnlyList<string>? NotChecked = null);

/// <summary>Either a result, or why there is none.</summary>
internal sealed record EntropyDetails(bool Skipped, string? Reason, EntropyResult? Result);

internal sealed record AggregateDetails(
    double OverallScore, IReadOnlyList<Patch> Patches, IReadOnlyList<ClarifyingQuestion> Questions);
