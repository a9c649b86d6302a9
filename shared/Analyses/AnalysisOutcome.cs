using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Everything that an analysis found out, gathered from the nodes of its run.</summary>
internal sealed record AnalysisOutcome(
    LanguageDetails Language,
    FormatReport Format,
    PromptMetrics Metrics,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<Contradiction> Contradictions,
    IReadOnlyList<string> NotChecked,
    Judgement Judgement,
    EntropyDetails Entropy)
{
    public double OverallScore =>
        AnalysisScore.Overall(Judgement.Score, Findings, Contradictions.Count, Entropy.Result, Format.IsValid);

    /// <param name="run">Its independent nodes have ended without an error.</param>
    public static AnalysisOutcome Of(RunDetail run)
    {
        var details = DetailsOf(run);
        var lint = AnalysisJson.Read<LintDetails>(details[AnalysisNodes.Lint]);
        var contradictions = AnalysisJson.Read<ContradictionDetails>(details[AnalysisNodes.Contradictions]);
        return new(
            AnalysisJson.Read<LanguageDetails>(details[AnalysisNodes.Language]),
            AnalysisJson.Read<FormatReport>(details[AnalysisNodes.Format]),
            AnalysisJson.Read<PromptMetrics>(details[AnalysisNodes.Metrics]),
            lint.Findings,
            contradictions.Contradictions,
            [.. lint.NotChecked ?? [], .. (contradictions.NotChecked ?? []).Select(kind => $"contradictions: {kind}")],
            AnalysisJson.Read<Judgement>(details[AnalysisNodes.Judge]),
            AnalysisJson.Read<EntropyDetails>(details[AnalysisNodes.Entropy]));
    }

    public AggregateDetails Aggregate() => new(
        OverallScore, Patch.Choose(Findings), ClarifyingQuestions.For(Findings, Contradictions));

    public static AggregateDetails AggregateOf(RunDetail run) =>
        AnalysisJson.Read<AggregateDetails>(DetailsOf(run)[AnalysisNodes.Aggregate]);

    private static Dictionary<string, JsonNode> DetailsOf(RunDetail run) =>
        run.Nodes.AsArray().ToDictionary(node => (string)node!["key"]!, node => node!["details"]!);
}
