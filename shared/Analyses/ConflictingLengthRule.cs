namespace Assay;

internal sealed class ConflictingLengthRule() : LintRule(
    "conflicting-length", Severity.Error, "One instruction asks for a short answer, another for a detailed one")
{
    public override IEnumerable<Finding> Check(PromptText prompt) =>
        !prompt.IsEnglish ? [] : ContradictionFinder.InLength(prompt).Select(pair => Found(
            prompt, pair.Second, $"“{pair.SecondQuote}” conflicts with “{pair.FirstQuote}” earlier; decide for one."));
}
