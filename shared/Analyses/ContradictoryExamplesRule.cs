namespace Assay;

internal sealed class ContradictoryExamplesRule() : LintRule(
    "contradictory-examples", Severity.Error, "Two examples give different outputs for the same input")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        var seen = new Dictionary<string, Example>(StringComparer.OrdinalIgnoreCase);
        foreach (var example in prompt.Examples)
        {
            var input = SpacesFolded.Of(example.Input.In(prompt.Text));
            if (seen.TryAdd(input, example))
                continue;

            var earlier = SpacesFolded.Of(seen[input].Output.In(prompt.Text));
            if (!earlier.Equals(SpacesFolded.Of(example.Output.In(prompt.Text)), StringComparison.OrdinalIgnoreCase))
                yield return Found(
                    prompt, example.Output,
                    $"An earlier example answers the same input with “{prompt.Quote(seen[input].Output)}”.");
        }
    }
}
