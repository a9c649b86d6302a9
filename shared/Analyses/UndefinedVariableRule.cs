namespace Assay;

/// <summary>
/// Checks placeholders against the template's own list of variables; without such a list nothing is undefined.
/// </summary>
internal sealed class UndefinedVariableRule() : LintRule(
    "undefined-variable", Severity.Error, "A placeholder that the prompt's list of variables lacks")
{
    private const int TypoDistanceMax = 2;

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        var declarations = VariableDeclarations.In(prompt);
        if (declarations.Count == 0)
            yield break;

        var declared = declarations.Select(declaration => declaration.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var next = 0;
        foreach (var use in VariableDeclarations.UsesIn(prompt, declarations))
        {
            while (next < declarations.Count && declarations[next].Line.End <= use.Span.Start)
                next++;
            var declares = next < declarations.Count && declarations[next].Line.Contains(use.Span.Start);
            if (declared.Contains(use.Name) || declares)
                continue;

            var meant = declared.FirstOrDefault(name => IsTypo(name, use.Name));
            yield return meant is null
                ? Found(
                    prompt, use.Span, $"“{use.Name}” is not in the list of variables.",
                    Declare(declarations[^1], prompt, use))
                : Found(
                    prompt, use.Span, $"“{use.Name}” is not in the list of variables; “{meant}” is.",
                    Change(use.Span, Placeholder.Write(meant, use.Syntax), $"Write “{meant}”."));
        }
    }

    private Patch? Declare(VariableDeclaration last, PromptText prompt, Placeholder use)
    {
        var line = last.Line.Length > 0 ? last.Line : Lines.Whole(prompt.Text, last.Line);
        var mark = prompt.Text.AsSpan(line.Start, line.Length).TrimStart();
        if (mark.IsEmpty || mark[0] is not ('-' or '*' or '+'))
            return null;

        var entry = $"{mark[0]} {use.Name}: describe it here";
        return line.End == prompt.Text.Length && prompt.Text[^1] != '\n'
            ? Change(TextSpan.At(line.End), $"\n{entry}", "Add it to the list.")
            : Change(TextSpan.At(line.End), $"{entry}\n", "Add it to the list.");
    }

    /// <summary>Within two edits, on names long enough for that to be a likely slip.</summary>
    private static bool IsTypo(string declared, string used)
    {
        if (Math.Abs(declared.Length - used.Length) > TypoDistanceMax || Math.Min(declared.Length, used.Length) < 4)
            return false;

        // Only the diagonal and what is near it can be within reach, and mostly nothing is after a few rows.
        var previous = Enumerable.Range(0, used.Length + 1).ToArray();
        for (var row = 1; row <= declared.Length; row++)
        {
            var current = Enumerable.Repeat(row, used.Length + 1).ToArray();
            var last = Math.Min(used.Length, row + TypoDistanceMax);
            for (var column = Math.Max(1, row - TypoDistanceMax); column <= last; column++)
            {
                var cost = declared[row - 1] == used[column - 1] ? 0 : 1;
                current[column] = Math.Min(
                    Math.Min(current[column - 1], previous[column]) + 1, previous[column - 1] + cost);
            }

            if (current.Min() > TypoDistanceMax)
                return false;
            previous = current;
        }

        return previous[^1] <= TypoDistanceMax;
    }
}
