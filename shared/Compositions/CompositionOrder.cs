namespace Assay;

/// <summary>Which parts a composition has, and in which order: what is depended on comes first.</summary>
internal sealed class CompositionOrder
{
    private readonly Dictionary<Guid, int> priorities = [];

    private CompositionOrder(
        IReadOnlyList<CompositionPart> parts, IReadOnlyDictionary<Guid, Guid> overriddenBy,
        IReadOnlyDictionary<Guid, IReadOnlyList<Guid>> needs)
    {
        Parts = parts;
        OverriddenBy = overriddenBy;
        Needs = needs;
        SetPriorities();
    }

    /// <summary>In the order of the text; the root is the last.</summary>
    public IReadOnlyList<CompositionPart> Parts { get; }

    /// <summary>Those that are not there, and what is in their place.</summary>
    public IReadOnlyDictionary<Guid, Guid> OverriddenBy { get; }

    /// <summary>What each part depends on, overriding ones in the place of those they override.</summary>
    public IReadOnlyDictionary<Guid, IReadOnlyList<Guid>> Needs { get; }

    /// <summary>The order; or null, and two entities that override each other.</summary>
    public static (CompositionOrder? Order, string? Cycle) Of(
        Guid root, IReadOnlyCollection<CompositionPart> parts, IReadOnlyCollection<CompositionEdge> edges)
    {
        var known = parts.ToDictionary(part => part.Id);
        var inner = edges.Where(edge => known.ContainsKey(edge.SourceId) && known.ContainsKey(edge.TargetId)).ToList();
        // Whoever asks for the root means the root.
        var overrides = inner
            .Where(edge => edge.Type == RelationshipType.Overrides && edge.TargetId != root)
            .GroupBy(edge => edge.TargetId)
            .ToDictionary(over => over.Key, over => over.First().SourceId);
        var winners = new Dictionary<Guid, Guid>();
        foreach (var loser in overrides.Keys)
        {
            var winner = loser;
            for (var steps = 0; overrides.TryGetValue(winner, out var next); steps++, winner = next)
                if (steps > overrides.Count)
                    return (null, $"{loser} and {overrides[loser]}");
            winners[loser] = winner;
        }

        var needs = inner
            .Where(edge => edge.Type == RelationshipType.DependsOn)
            .GroupBy(edge => edge.SourceId, edge => winners.GetValueOrDefault(edge.TargetId, edge.TargetId))
            .ToDictionary(
                from => from.Key, IReadOnlyList<Guid> (from) => [.. from.Distinct().Where(id => id != from.Key)]);
        return (new(Sort(root, known, needs), winners, needs), null);
    }

    /// <summary>A part's own priority, or the highest of the contexts that depend on it.</summary>
    public int PriorityOf(CompositionPart part) => priorities.GetValueOrDefault(part.Id, part.Priority ?? 100);

    // Depth first, and a part after all that it needs. An overriding part may need what now needs it in the other's
    // place: the one that is met first comes last.
    private static List<CompositionPart> Sort(
        Guid root, Dictionary<Guid, CompositionPart> known, Dictionary<Guid, IReadOnlyList<Guid>> needs)
    {
        var (sorted, seen) = (new List<CompositionPart>(), new HashSet<Guid> { root });
        var open = new Stack<(Guid Id, int Next)>([(root, 0)]);
        while (open.TryPop(out var part))
        {
            var needed = needs.GetValueOrDefault(part.Id, []);
            if (part.Next == needed.Count)
            {
                sorted.Add(known[part.Id]);
                continue;
            }
            open.Push((part.Id, part.Next + 1));
            if (seen.Add(needed[part.Next]))
                open.Push((needed[part.Next], 0));
        }
        return sorted;
    }

    private void SetPriorities()
    {
        foreach (var part in Parts)
            priorities[part.Id] = part.Priority ?? 100;
        // Dependents come last, so they are looked at first.
        foreach (var part in Parts.Reverse().Where(part => part.Priority is not null))
            foreach (var needed in Needs.GetValueOrDefault(part.Id, []))
                priorities[needed] = Math.Max(priorities[needed], priorities[part.Id]);
    }
}
