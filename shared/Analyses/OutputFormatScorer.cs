using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// 1 when nothing describes the answer; otherwise 5, 2 for a limit on its size, 2 for its parts (fields, sections,
/// a schema or an example), 1 for saying what else to leave out. English only.
/// </summary>
internal static partial class OutputFormatScorer
{
    public static Verdict? Score(JudgedPrompt judged)
    {
        if (!judged.Prompt.IsEnglish)
            return null;
        if (!MissingOutputFormatRule.DescribesOutput(judged.Prompt))
            return new(1, "Nothing says what the answer should look like.", []);

        var size = NumberLimits.Read(judged.Prompt).FirstOrDefault();
        var parts = judged.Evidence(Parts());
        var exclusive = judged.Evidence(Exclusive());
        var hasExample = judged.Prompt.Examples.Count > 0 || judged.Prompt.Fences.Count > 0;
        var score = 5 + (size is null ? 0 : 2) + (parts is null && !hasExample ? 0 : 2) + (exclusive is null ? 0 : 1);
        var evidence = new[]
        {
            size is null ? null : new JudgeEvidence(size.Demand.Span, judged.Prompt.Quote(size.Demand.Span)),
            parts, exclusive,
        };
        return new(score, score >= 9 ? "Form, size and parts of the answer are said."
            : size is null ? "The form is said, its size is not." : "The form is said, its parts are not all.",
            [.. evidence.OfType<JudgeEvidence>()]);
    }

    [GeneratedRegex(
        @"\b(?:fields?|keys?|columns?|sections?|headings?|schema|template|with the following|consist(?:s|ing) of"
        + @"|start(?:s|ing)? with|begin(?:s|ning)? with|first (?:line|sentence)|each (?:item|bullet|row|entry))\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Parts();

    [GeneratedRegex(
        @"\b(?:only (?:return|output|respond|reply|answer)|(?:return|output|respond|reply|answer) (?:\w+ )?only"
        + @"|nothing else|no (?:other|additional|extra) (?:text|words|commentary)"
        + @"|without (?:any )?(?:explanation|commentary|preamble)|(?:do not|don['’]t) (?:include|add|explain))\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Exclusive();
}
