namespace Assay;

/// <summary>The same sentence again, or the same words in another order.</summary>
internal sealed class DuplicatedInstructionRule() : LintRule(
    "duplicated-instruction", Severity.Warning, "An instruction that is given twice")
{
    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        var seen = new Dictionary<string, TextSpan>(StringComparer.Ordinal);
        foreach (var instruction in prompt.Instructions)
        {
            if (instruction.Content.Count == 0)
                continue;

            if (!seen.TryAdd(KeyOf(prompt, instruction), instruction.Span))
                yield return Found(
                    prompt, instruction.Span, "This instruction was given before; once is clearer.",
                    Change(Removal(prompt.Text, instruction.Span), "", "Remove the repetition."));
        }
    }

    /// <summary>
    /// Where placeholders or code are what tells two instructions apart, they are compared as written.
    /// </summary>
    private static string KeyOf(PromptText prompt, Instruction instruction)
    {
        if (ProseDiffers(prompt, instruction.Span))
            return SpacesFolded.Of(instruction.Span.In(prompt.Text));

        var words = instruction.Content.Order(StringComparer.Ordinal);
        return $"{instruction.Polarity} {instruction.IsConditional} {instruction.Verb} {string.Join(' ', words)}";
    }

    private static bool ProseDiffers(PromptText prompt, TextSpan span) =>
        !prompt.Text.AsSpan(span.Start, span.Length).SequenceEqual(prompt.Prose.AsSpan(span.Start, span.Length));

    /// <summary>A sentence alone on its line goes with the line; one among others, with the space before it.</summary>
    private static TextSpan Removal(string text, TextSpan span)
    {
        var line = Lines.Whole(text, span);
        var before = text.AsSpan(line.Start, span.Start - line.Start);
        var isAlone = before.TrimStart().Length == SentenceSplitter.Marker(before.TrimStart())
            || before.TrimStart().TrimEnd() is "-" or "*" or "+" or "•" or ['0' or '1' or '2' or '3' or '4' or '5'
                or '6' or '7' or '8' or '9', .., '.' or ')'];
        if (isAlone && text.AsSpan(span.End, line.End - span.End).IsWhiteSpace())
            return line.End == text.Length && line.Start > 0 ? new(line.Start - 1, line.End) : line;

        var start = span.Start;
        while (start > line.Start && text[start - 1] is ' ' or '\t')
            start--;
        return new(start, span.End);
    }
}
