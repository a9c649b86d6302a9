namespace Assay;

/// <param name="NotChecked">The kinds that there was no time for.</param>
internal sealed record ContradictionReport(
    IReadOnlyList<Contradiction> Contradictions, IReadOnlyList<string> NotChecked);

/// <summary>Finds pairs of instructions that cannot both be followed. English prompts only.</summary>
internal static class ContradictionFinder
{
    /// <summary>More would not be read; a prompt with this many has to be written anew.</summary>
    public const int ContradictionsMax = 20;

    /// <summary>Of one stance only the first few places are compared, which keeps the work linear.</summary>
    private const int PlacesMax = 20;

    private static readonly (string Kind, Func<PromptText, IEnumerable<Contradiction>> In)[] Kinds =
    [
        ("length", InLength), ("tone", InTone), ("format", InFormat), ("language", InLanguage), ("number", InNumbers),
        ("absolute", OppositeInstructions.Find),
    ];

    public static IReadOnlyList<Contradiction> Find(PromptText prompt) => prompt.Contradictions.Contradictions;

    internal static ContradictionReport Report(PromptText prompt, TimeSpan limit)
    {
        if (!prompt.IsEnglish)
            return new([], []);

        var checks = new TimedChecks(limit);
        IReadOnlyList<Contradiction> found =
        [
            .. Kinds
                .SelectMany(kind => checks.Run(kind.Kind, () => kind.In(prompt).ToList()) ?? [])
                .OrderBy(contradiction => contradiction.First.Start)
                .ThenBy(contradiction => contradiction.Second.Start)
                .Take(ContradictionsMax),
        ];
        return new(found, checks.Left);
    }

    public static IEnumerable<Contradiction> InLength(PromptText prompt) =>
        Pairs(prompt, "length", Places(LengthDemands.Read(prompt)), (one, other) => one != other);

    public static IEnumerable<Contradiction> InTone(PromptText prompt) =>
        Pairs(prompt, "tone", Places(ToneDemands.Read(prompt)), (one, other) =>
            ToneDemands.Opposites.Contains((one, other)) || ToneDemands.Opposites.Contains((other, one)));

    private static IEnumerable<Contradiction> InFormat(PromptText prompt) =>
        Pairs(
            prompt, "format",
            [.. Places(FormatDemands.Read(prompt)).DistinctBy(demand => (demand.Stance, demand.Sentence))],
            FormatDemands.Exclude, withinSentence: false);

    private static IEnumerable<Contradiction> InLanguage(PromptText prompt) =>
        Pairs(
            prompt, "language", Places(LanguageDemands.Read(prompt)), (one, other) => one != other,
            withinSentence: false);

    private static IEnumerable<Contradiction> InNumbers(PromptText prompt)
    {
        var limits = NumberLimits.Read(prompt).Take(PlacesMax).ToList();
        for (var first = 0; first < limits.Count; first++)
        {
            for (var second = first + 1; second < limits.Count; second++)
            {
                var (one, other) = (limits[first].Demand, limits[second].Demand);
                if (NumberLimits.Exclude(limits[first], limits[second]) && DemandReader.Conflict(prompt, one, other))
                    yield return Between(
                        prompt, "number", one.Span, other.Span,
                        $"No answer has both “{prompt.Quote(one.Span)}” and “{prompt.Quote(other.Span)}”.");
            }
        }
    }

    private static IReadOnlyList<Demand> Places(IEnumerable<Demand> demands) =>
    [
        .. demands
            .GroupBy(demand => (demand.Stance, demand.Scope))
            .SelectMany(group => group.Take(3))
            .Take(PlacesMax)
            .OrderBy(demand => demand.Span.Start),
    ];

    /// <summary>One contradiction for each pair of stances, at the first two places that clash.</summary>
    private static IEnumerable<Contradiction> Pairs(
        PromptText prompt, string kind, IReadOnlyList<Demand> demands, Func<string, string, bool> exclude,
        bool withinSentence = true)
    {
        var told = new HashSet<(string, string)>();
        for (var first = 0; first < demands.Count; first++)
        {
            for (var second = first + 1; second < demands.Count; second++)
            {
                var (one, other) = (demands[first], demands[second]);
                if (exclude(one.Stance, other.Stance)
                    && (withinSentence || one.Sentence != other.Sentence)
                    && DemandReader.Conflict(prompt, one, other)
                    && told.Add(string.CompareOrdinal(one.Stance, other.Stance) < 0
                        ? (one.Stance, other.Stance) : (other.Stance, one.Stance)))
                    yield return Between(
                        prompt, kind, one.Span, other.Span,
                        $"One asks for {one.Stance}, the other for {other.Stance}.");
            }
        }
    }

    internal static Contradiction Between(
        PromptText prompt, string kind, TextSpan first, TextSpan second, string reason) =>
        new(kind, first, second, prompt.Quote(first), prompt.Quote(second), reason);
}
