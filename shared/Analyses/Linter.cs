namespace Assay;

/// <param name="NotChecked">Ids of the rules that there was no time for.</param>
internal sealed record LintReport(IReadOnlyList<Finding> Findings, IReadOnlyList<string> NotChecked);

internal static class Linter
{
    /// <summary>Of one rule; beyond that the rule has been understood, and the rest would bury the others.</summary>
    public const int FindingsPerRuleMax = 50;

    public static readonly IReadOnlyList<LintRule> Rules =
    [
        new AmbiguousReferenceRule(),
        new ConflictingLengthRule(),
        new ConflictingToneRule(),
        new ContradictoryExamplesRule(),
        new DuplicatedInstructionRule(),
        new InjectionProneInterpolationRule(),
        new LeftoverPlaceholderRule(),
        new MissingOutputFormatRule(),
        new MissingRoleRule(),
        new MixedPlaceholdersRule(),
        new NegationOnlyRule(),
        new OpenEnumerationRule(),
        new OverlongSentenceRule(),
        new ShoutingRule(),
        new UnboundedListRule(),
        new UnclosedDelimiterRule(),
        new UndefinedVariableRule(),
        new UnusedVariableRule(),
        new VagueGoalRule(),
        new VagueQuantifierRule(),
        new WeakModalityRule(),
    ];

    /// <summary>All findings, in the order of the text.</summary>
    public static IReadOnlyList<Finding> Check(PromptText prompt) => prompt.Lint.Findings;

    internal static LintReport Report(PromptText prompt, TimeSpan limit)
    {
        var checks = new TimedChecks(limit);
        IReadOnlyList<Finding> findings =
        [
            .. Rules
                .SelectMany(rule => checks.Run(
                    rule.Id, () => rule.Check(prompt).Take(FindingsPerRuleMax).ToList()) ?? [])
                .OrderBy(finding => finding.Span.Start)
                .ThenByDescending(finding => finding.Severity)
                .ThenBy(finding => finding.Rule, StringComparer.Ordinal),
        ];
        return new(findings, checks.Left);
    }
}
