using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// "Summarize it." as the whole prompt: nothing before it that "it" could mean, and nothing attached.
/// </summary>
internal sealed partial class AmbiguousReferenceRule() : LintRule(
    "ambiguous-reference", Severity.Warning, "A pronoun or “the above” that nothing in the prompt explains")
{
    /// <summary>A longer prompt most likely carries the material that it speaks of.</summary>
    private const int WordsMax = 80;

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        if (!prompt.IsEnglish || prompt.Sentences.Count == 0 || HasMaterial(prompt))
            yield break;

        var first = prompt.Sentences[0].Span;
        var text = prompt.Prose[first.Start..first.End];
        if (Opening().Match(text) is { Success: true } match)
        {
            var word = match.Groups["word"];
            var span = new TextSpan(first.Start + word.Index, first.Start + word.Index + word.Length);
            yield return Found(
                prompt, span,
                $"Nothing says what “{word.Value}” refers to; name it, or attach the text it stands for.");
        }
    }

    private static bool HasMaterial(PromptText prompt) =>
        prompt.Placeholders.Count > 0
        || prompt.Fences.Count > 0
        || prompt.Prose.AsSpan().ContainsAny("\"“:<")
        || prompt.Text.Length != prompt.Prose.Length
        || prompt.Text.AsSpan().IndexOf("\n\n", StringComparison.Ordinal) >= 0
        || Words.In(prompt.Text).Count > WordsMax
        || !prompt.Text.AsSpan().SequenceEqual(prompt.Prose);

    [GeneratedRegex(
        @"^\W*(?:(?:please|can you|could you|now|then)\s){0,2}(?:\w+)\s"
        + @"(?<word>it|this|that|them|these|those|the (?:above|former|latter|previous (?:one|text|answer)))"
        + @"(?=\W*$|\s(?:in|to|for|into|as|from|with|more|less|better|again|so|and|using|please|by|clearly|briefly)\b"
        + @"|[.,!?])",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Opening();
}
