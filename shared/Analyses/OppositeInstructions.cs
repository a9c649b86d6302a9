namespace Assay;

/// <summary>
/// Finds "always X" beside "never X": the same verb and object, asked for in one place and forbidden in another.
/// </summary>
internal static class OppositeInstructions
{
    /// <summary>Instructions with one verb that are compared; a template rarely has five of each.</summary>
    private const int SameVerbMax = 50;

    public static IEnumerable<Contradiction> Find(PromptText prompt)
    {
        var plain = prompt.Instructions
            .Where(instruction => !instruction.IsConditional && instruction.Content.Count > 0);
        foreach (var sameVerb in plain.GroupBy(instruction => instruction.Verb))
        {
            var compared = sameVerb.Take(SameVerbMax).ToList();
            foreach (var forbidden in compared.Where(instruction => instruction.Polarity == Polarity.DoNot))
            {
                var asked = compared.Find(other => other.Polarity == Polarity.Do && Covers(forbidden, other));
                if (asked is null)
                    continue;

                var (first, second) = asked.Span.Start < forbidden.Span.Start
                    ? (asked.Span, forbidden.Span) : (forbidden.Span, asked.Span);
                yield return ContradictionFinder.Between(
                    prompt, "absolute", first, second, "One asks for what the other forbids.");
            }
        }
    }

    /// <summary>
    /// A ban on links forbids links to the manual; a ban on links to the manual leaves other links free. So all that
    /// the ban names has to be in what is asked for, and that may say little more.
    /// </summary>
    private static bool Covers(Instruction forbidden, Instruction asked) =>
        asked.Content.Count <= forbidden.Content.Count + 2
        && forbidden.Content.All(asked.Content.Contains);
}
