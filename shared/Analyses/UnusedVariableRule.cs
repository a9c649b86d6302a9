namespace Assay;

internal sealed class UnusedVariableRule() : LintRule(
    "unused-variable", Severity.Warning, "A variable that is declared and never put in")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        var declarations = VariableDeclarations.In(prompt);
        var used = VariableDeclarations.UsesIn(prompt, declarations)
            .Select(use => use.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var declaration in declarations)
        {
            // A declaration with the placeholder as its value uses it on the spot.
            if (declaration.Line.Length == 0 || used.Contains(declaration.Name))
                continue;

            var sharesLine = declarations.Count(other => other.Line == declaration.Line) > 1;
            yield return Found(
                prompt, declaration.Span, $"“{declaration.Name}” is declared but never used.",
                sharesLine ? null : Change(declaration.Line, "", "Remove the declaration."));
        }
    }
}
