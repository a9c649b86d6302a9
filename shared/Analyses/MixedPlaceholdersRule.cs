namespace Assay;

internal sealed class MixedPlaceholdersRule() : LintRule(
    "mixed-placeholders", Severity.Warning, "Placeholders in more than one syntax, of which a renderer fills one")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        var syntaxes = prompt.Placeholders
            .GroupBy(placeholder => placeholder.Syntax)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.First().Span.Start)
            .Select(group => group.Key)
            .ToList();
        if (syntaxes.Count < 2)
            yield break;

        var usual = syntaxes[0];
        foreach (var odd in prompt.Placeholders.Where(placeholder => placeholder.Syntax != usual))
        {
            var unified = Placeholder.Write(odd.Name, usual);
            yield return Found(
                prompt, odd.Span, $"Most placeholders here are written like {Placeholder.Write("name", usual)}.",
                Change(odd.Span, unified, $"Write it as {unified}."));
        }
    }
}
