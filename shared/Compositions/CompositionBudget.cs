namespace Assay;

/// <summary>
/// Chooses which contexts there is room for: those of the highest priority, with what they depend on.
/// </summary>
internal sealed class CompositionBudget(
    Guid root, CompositionOrder order, IReadOnlyList<FilledPart> filled, Tokenizer tokenizer)
{
    private readonly HashSet<Guid> chosen = [];
    private readonly HashSet<Guid> known = [.. filled.Select(part => part.Part.Id)];

    public IReadOnlyList<FilledPart> All => filled;

    /// <summary>In the order of the text.</summary>
    public IEnumerable<FilledPart> Chosen => filled.Where(part => chosen.Contains(part.Part.Id));

    /// <summary>False when what cannot be left out is more than the budget.</summary>
    /// <param name="least">The tokens of what cannot be left out.</param>
    public bool TryFit(int? budget, out int least, CancellationToken cancellation)
    {
        chosen.UnionWith(filled.Where(part => part.Part.Priority is null || part.Part.Id == root)
            .Select(part => part.Part.Id));
        least = budget is null ? 0 : tokenizer.Count(Text(), cancellation);
        if (least > budget)
            return false;

        // What is left out last is first here: a part never comes before what it needs.
        var wanted = filled
            .Where(part => !chosen.Contains(part.Part.Id))
            .OrderByDescending(part => order.PriorityOf(part.Part))
            .ToList();
        var separator = tokenizer.Count(Composer.Separator, cancellation);
        var (sum, added) = (least, new List<Guid>());
        foreach (var part in wanted.Where(part => budget is null || sum + part.Tokens + separator <= budget))
        {
            if (!HasAllItNeeds(part.Part.Id))
                continue;
            sum += part.Tokens + separator;
            chosen.Add(part.Part.Id);
            added.Add(part.Part.Id);
        }
        if (tokenizer.Count(budget is null ? "" : Text(), cancellation) > budget)
            TakeBack(added, budget.Value, cancellation);
        return true;
    }

    // Where two texts meet, tokens may be others than in each of them: as many are kept, of those that were added
    // first, as there is room for.
    private void TakeBack(List<Guid> added, int budget, CancellationToken cancellation)
    {
        var (fit, tooMany) = (0, added.Count);
        while (tooMany - fit > 1)
        {
            var middle = (fit + tooMany) / 2;
            Keep(middle);
            (fit, tooMany) = tokenizer.Count(Text(), cancellation) <= budget ? (middle, tooMany) : (fit, middle);
        }
        Keep(fit);

        void Keep(int count)
        {
            chosen.ExceptWith(added);
            chosen.UnionWith(added.Take(count));
        }
    }

    public string Text() => string.Join(
        Composer.Separator, Chosen.Where(part => part.Text.Length > 0).Select(part => part.Text));

    /// <summary>Of the whole text.</summary>
    public IReadOnlyList<CompositionSpan> Spans()
    {
        var (spans, at) = (new List<CompositionSpan>(), 0);
        foreach (var part in Chosen.Where(part => part.Text.Length > 0))
        {
            if (at > 0)
                spans.Add(new(at, at += Composer.Separator.Length, null, null));
            spans.AddRange(part.Spans.Select(span => span with { Start = at + span.Start, End = at + span.End }));
            at += part.Text.Length;
        }
        return spans;
    }

    private bool HasAllItNeeds(Guid id) => order.Needs.GetValueOrDefault(id, []).All(
        needed => chosen.Contains(needed) || !known.Contains(needed));
}
