using System.Text.RegularExpressions;

namespace Assay;

/// <summary>What one criterion comes to. Scores are clamped to 0–10 afterwards.</summary>
internal sealed record Verdict(double Score, string Comment, IReadOnlyList<JudgeEvidence> Evidence);

/// <summary>A prompt with what the rules found in it, for the scorers.</summary>
internal sealed record JudgedPrompt(
    PromptText Prompt, IReadOnlyList<Finding> Findings, IReadOnlyList<Contradiction> Contradictions)
{
    public const int EvidenceMax = 5;

    private readonly Lazy<int> words = new(() => Assay.Words.In(Prompt.Text).Count);

    public int Words => words.Value;

    public IReadOnlyList<Finding> Of(params ReadOnlySpan<string> rules)
    {
        var found = new List<Finding>();
        foreach (var finding in Findings)
        {
            if (rules.Contains(finding.Rule))
                found.Add(finding);
        }

        return found;
    }

    public static IReadOnlyList<JudgeEvidence> Quote(IEnumerable<Finding> findings) =>
        [.. findings.Take(EvidenceMax).Select(finding => new JudgeEvidence(finding.Span, finding.Quote))];

    /// <summary>The first place that the pattern finds, as evidence.</summary>
    public JudgeEvidence? Evidence(Regex pattern) =>
        pattern.Match(Prompt.Prose) is { Success: true } match ? new(match.Span(), Prompt.Quote(match.Span())) : null;
}
