using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// Puts a text together from an entity and what it depends on: dependencies first, each once, in an order that is the
/// same every time; variables filled; and no more tokens than the budget, by leaving out contexts of the least
/// priority. Values are put in as they are: nothing in them is looked at or carried out.
/// </summary>
public static class Composer
{
    /// <summary>Between two parts.</summary>
    public const string Separator = "\n\n";

    /// <param name="parts">The root and all that it depends on, directly or not.</param>
    /// <param name="edges">Between the parts; the order of those from one source is that of their texts.</param>
    /// <param name="values">Of variables, by their names.</param>
    public static (Composition? Composition, CompositionProblem? Problem) Compose(
        Guid root, IReadOnlyCollection<CompositionPart> parts, IReadOnlyCollection<CompositionEdge> edges,
        IReadOnlyDictionary<string, JsonNode> values, CompositionLimits limits, TokenEncoding encoding,
        CancellationToken cancellation)
    {
        var (order, cycle) = CompositionOrder.Of(root, parts, edges);
        if (order is null)
            return (null, Problem("overrides", $"expected entities that do not override each other; {cycle} do"));
        var filling = new VariableFilling(order.Parts, values, limits.Bytes, cancellation);
        if (filling.Errors.Count > 0)
            return (null, new(filling.Errors));

        var tokenizer = Tokenizer.Get(encoding);
        var filled = order.Parts
            .Select(part => filling.Fill(part, cancellation).Within(part.TokenBudget, tokenizer, cancellation))
            .ToList();
        var choice = new CompositionBudget(root, order, filled, tokenizer);
        if (!choice.TryFit(limits.Tokens, out var least, cancellation))
            return (null, Problem(
                "tokenBudget", $"expected at least {least}: that many are needed without any context"));
        return (Join(order, choice, parts, edges, tokenizer, cancellation), null);
    }

    /// <summary>The most characters that the parts may have with their variables filled, told quickly.</summary>
    public static long SizeAtMost(
        IReadOnlyCollection<CompositionPart> parts, IReadOnlyDictionary<string, JsonNode> values)
    {
        var longest = values.Values
            .Concat(parts.SelectMany(part => part.Variables).Select(variable => variable.Default).OfType<JsonNode>())
            .Select(value => value.ToString().Length).DefaultIfEmpty().Max();
        return parts.Sum(part => part.Text.Length + (long)VariableFilling.CountPlaces(part.Text) * longest);
    }

    /// <summary>The names of the variables that a text has places for, each once.</summary>
    public static IEnumerable<string> PlacesOf(string text) => VariableFilling.PlacesOf(text);

    private static Composition Join(
        CompositionOrder order, CompositionBudget choice, IReadOnlyCollection<CompositionPart> parts,
        IReadOnlyCollection<CompositionEdge> edges, Tokenizer tokenizer, CancellationToken cancellation)
    {
        var text = choice.Text();
        // Of one whole part they are counted already.
        var tokens = choice.Chosen.ToList() is [{ IsShortened: false } only]
            ? only.Tokens : tokenizer.Count(text, cancellation);
        var shown = choice.Chosen.Select(filled => filled.Part.Id).ToHashSet();
        var sources = choice.All.Select(filled => Source(filled, order, shown.Contains(filled.Part.Id)));
        var overridden = parts.Where(part => order.OverriddenBy.ContainsKey(part.Id)).Select(part =>
            new CompositionSource(
                part.Id, part.Type, part.Title, part.Version, part.Label, order.PriorityOf(part), 0,
                SourceState.Overridden, $"{order.OverriddenBy[part.Id]} overrides it."));
        return new(
            text, tokens, choice.Spans(), [.. sources, .. overridden],
            [.. edges.Where(edge => edge.Type == RelationshipType.ConflictsWith
                    && shown.Contains(edge.SourceId) && shown.Contains(edge.TargetId))
                .Select(edge => new CompositionConflict(edge.SourceId, edge.TargetId, edge.Description))]);
    }

    private static CompositionSource Source(FilledPart filled, CompositionOrder order, bool isShown)
    {
        var (part, tokens) = (filled.Part, filled.Tokens);
        var (state, reason) = (isShown, filled.IsShortened) switch
        {
            (false, _) => (SourceState.LeftOut, $"There was no room for its {tokens:N0} tokens."),
            (_, true) => (SourceState.Shortened, $"Its own budget is {part.TokenBudget:N0} tokens."),
            _ => (SourceState.Included, (string?)null),
        };
        return new(
            part.Id, part.Type, part.Title, part.Version, part.Label, order.PriorityOf(part), isShown ? tokens : 0,
            state, reason);
    }

    private static CompositionProblem Problem(string field, string expected) =>
        new(new Dictionary<string, string> { [field] = expected });
}
