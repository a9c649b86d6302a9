namespace Assay;

internal sealed class ConflictingToneRule() : LintRule(
    "conflicting-tone", Severity.Error, "Two instructions ask for tones that exclude each other")
{
    public override IEnumerable<Finding> Check(PromptText prompt) =>
        !prompt.IsEnglish ? [] : ContradictionFinder.InTone(prompt).Select(pair => Found(
            prompt, pair.Second, $"“{pair.SecondQuote}” conflicts with “{pair.FirstQuote}” earlier; decide for one."));
}
