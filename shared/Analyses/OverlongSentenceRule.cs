namespace Assay;

internal sealed class OverlongSentenceRule() : LintRule(
    "overlong-sentence", Severity.Info, "A sentence of more than 45 words")
{
    public const int WordsMax = 45;

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        foreach (var sentence in prompt.Sentences)
        {
            var words = Words.In(prompt.Prose.AsSpan(sentence.Span.Start, sentence.Span.Length));
            // In scripts without spaces each character counts as a word, and sentences run longer.
            var isIdeographic = words.Count * 2 > sentence.Span.Length;
            if (words.Count > WordsMax * (isIdeographic ? 3 : 1))
                yield return Found(
                    prompt, sentence.Span, $"This sentence has {words.Count} words; split it.",
                    SplitAtSemicolon(prompt, sentence.Span));
        }
    }

    /// <summary>Only when both halves come out short enough.</summary>
    private Patch? SplitAtSemicolon(PromptText prompt, TextSpan sentence)
    {
        var text = prompt.Prose.AsSpan(sentence.Start, sentence.Length);
        var cut = text.IndexOf("; ");
        if (cut < 0 || cut + 2 >= text.Length || !char.IsLower(text[cut + 2])
            || Words.In(text[..cut]).Count > WordsMax || Words.In(text[(cut + 2)..]).Count > WordsMax)
            return null;

        var start = sentence.Start + cut;
        return Change(
            new(start, start + 3), $". {char.ToUpperInvariant(text[cut + 2])}", "Make it two sentences.");
    }
}
