namespace Assay;

/// <summary>
/// The overall score of a prompt, 0–10:
/// <code>
/// quality     judge's score                                            weight 0.55
/// lint        10 · exp(−(errors + 0.4 · warnings + 0.1 · infos) / 4)   weight 0.25
/// consistency 10 · 0.6^contradictions                                  weight 0.20
/// stability   10 · (1 − entropy / ln samples), when answers were sampled, weight 0.20 on top
/// overall = Σ weight · part / Σ weight, and at most 5 when the declared or detected XML is not well-formed
/// </code>
/// The formula is Assay's own. Complexity is reported beside it and does not enter: a hard task needs a long prompt.
/// </summary>
internal static class AnalysisScore
{
    public const double BrokenFormatMax = 5;

    public static double Overall(
        double judge, IReadOnlyList<Finding> findings, int contradictions, EntropyResult? entropy, bool isFormatValid)
    {
        List<(double Weight, double Part)> parts =
            [(0.55, judge), (0.25, Lint(findings)), (0.20, Consistency(contradictions))];
        if (entropy is not null)
            parts.Add((0.20, Stability(entropy)));

        var mean = parts.Sum(part => part.Weight * part.Part) / parts.Sum(part => part.Weight);
        return Math.Round(Math.Clamp(isFormatValid ? mean : Math.Min(mean, BrokenFormatMax), 0, 10), 2);
    }

    public static double Lint(IReadOnlyList<Finding> findings)
    {
        var burden = findings.Sum(finding => finding.Severity switch
        {
            Severity.Error => 1.0,
            Severity.Warning => 0.4,
            _ => 0.1,
        });
        return Math.Round(10 * Math.Exp(-burden / 4), 2);
    }

    public static double Consistency(int contradictions) => Math.Round(10 * Math.Pow(0.6, contradictions), 2);

    public static double Stability(EntropyResult entropy) =>
        Math.Round(Math.Clamp(10 * (1 - entropy.Entropy / Math.Log(entropy.Samples)), 0, 10), 2);
}
