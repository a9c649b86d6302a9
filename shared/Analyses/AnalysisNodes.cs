namespace Assay;

/// <summary>Keys of the nodes of <c>AnalyzePrompt</c>, in the order in which people read them.</summary>
public static class AnalysisNodes
{
    public const string Language = "language";
    public const string Format = "format";
    public const string Metrics = "metrics";
    public const string Lint = "lint";
    public const string Contradictions = "contradictions";
    public const string Judge = "judge";
    public const string Entropy = "entropy";
    public const string Aggregate = "aggregate";
    public const string Store = "store";

    /// <summary>Those that look at the prompt alone, and so run side by side.</summary>
    public static readonly string[] Independent = [Language, Format, Metrics, Lint, Contradictions, Judge, Entropy];

    public static readonly string[] All = [.. Independent, Aggregate, Store];
}
