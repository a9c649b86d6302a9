using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Nothing says what the answer should look like: no format, no length, no kind of text that implies one.
/// </summary>
internal sealed partial class MissingOutputFormatRule() : LintRule(
    "missing-output-format", Severity.Warning, "Nothing says what form the answer should have")
{
    private const int WordsMin = 5;

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        if (prompt.Instructions.Count == 0 || DescribesOutput(prompt) || Words.In(prompt.Prose).Count < WordsMin)
            yield break;

        yield return Found(
            prompt, prompt.Instructions[0].Span,
            "Say what the answer should look like: its format, its parts and its length.",
            Change(
                TextSpan.At(prompt.Text.Length),
                $"{Separator(prompt.Text)}Output format: plain text, a direct answer first and then the reasons, "
                + "in at most 200 words.",
                "State an output format; adjust it to what you need."));
    }

    public static bool DescribesOutput(PromptText prompt) =>
        Format().IsMatch(prompt.Prose) || prompt.Examples.Count > 0;

    private static string Separator(string text) => text.EndsWith('\n') ? "\n" : "\n\n";

    [GeneratedRegex(
        """
        \b(?:format(?:ted|ting)?|json|xml|yaml|csv|html|markdown|latex|tables?|bullet(?:ed|s)?|numbered|checklist
        |schema|template|headings?|subheadings?|headers?|columns?|fields?|keys?\b
        |(?:\d{1,6}|one|two|three|four|five|six|seven|ten|single|few|short|long)[\s\-](?:\w{1,12}[\s\-])?
            (?:words?|sentences?|paragraphs?|lines?|pages?|characters?|bullets?|points?|items?|steps?|sections?
            |examples?|ideas?|options?)
        |(?:words?|sentences?|paragraphs?)\s(?:long|max|maximum|or\sless|or\sfewer)
        |(?:respond|reply|answer|return|output)\s(?:\w{1,20}\s){0,3}?(?:only|just|with|as|in|yes)
        |only\s(?:return|output|respond|reply|answer)
        |step[\s\-]by[\s\-]step|list\sof|outline|essay|email|e-mail|letter|poem|haiku|limerick|sonnet|song|tweet
        |headlines?|titles?|tagline|slogan|blog\spost|press\srelease|cover\sletter|story|dialogue
        |script|function|class|query|regex|regular\sexpression|commit\smessage|unit\stests?|sql|python|javascript
        |typescript|c\#|bash|java|docstring
        |translation|translate|classify|label|rate|score|yes\sor\sno|true\sor\sfalse
        |list\s(?:\w{1,12}\s)?(?:the|all|every|up\sto|at\smost|\d{1,3})
        |rewrite|rephrase|paraphrase|proofread|correct\sthe)\b
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Format();
}
