using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// A block that only forbids leaves open what to do. A ban beside what is wanted is good practice, and so is one on
/// disclosure or harm; those are left alone.
/// </summary>
internal sealed partial class NegationOnlyRule() : LintRule(
    "negation-only-instruction", Severity.Info, "Says what not to do and never what to do instead")
{
    private static readonly (string Pattern, string Positive)[] Rewrites =
    [
        (@"be (?:too |overly |so )?(?:verbose|wordy|long-winded|long)", "Keep the answer short"),
        (@"use (?:any )?(?:technical )?jargon", "Use plain, everyday words"),
        (@"use (?:any )?(?:technical|complicated|complex|difficult) (?:terms|words|language)",
            "Use plain, everyday words"),
        (@"use (?:the )?passive voice", "Use the active voice"),
        (@"use (?:any )?(?:bullet points|bullets|lists)", "Write in full paragraphs"),
        (@"be (?:too |overly |so )?formal", "Use a conversational tone"),
        (@"be (?:too |overly |so )?(?:boring|dry|dull)", "Write vividly, with concrete examples"),
        (@"(?:make (?:things|stuff|anything) up|hallucinate|invent (?:facts|things|anything))",
            "Use only facts that you can support, and say so when you are unsure"),
        (@"repeat yourself", "Make each point once"),
    ];

    private static readonly Regex[] Known = [.. Rewrites.Select(rewrite => new Regex(
        $@"^(?:please )?(?:do not|don['’]t|never) {rewrite.Pattern}[.!]?$",
        Patterns.Options, TimeSpan.FromMilliseconds(Patterns.Timeout)))];

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        foreach (var block in prompt.Instructions.GroupBy(instruction => instruction.Block))
        {
            var isOnlyOne = prompt.Instructions.Count == 1;
            var forbids = block.All(instruction => instruction.Polarity == Polarity.DoNot);
            if (!forbids || (!isOnlyOne && block.Count() < 2))
                continue;

            foreach (var instruction in block.Where(instruction => !IsFineAlone(prompt, instruction)))
                yield return Found(
                    prompt, instruction.Span, "Say what to do instead; a model follows a goal better than a ban.",
                    PositiveFor(prompt, instruction.Span));
        }
    }

    private static bool IsFineAlone(PromptText prompt, Instruction instruction) =>
        instruction.IsConditional
        || FineAlone().IsMatch(prompt.Prose.AsSpan(instruction.Span.Start, instruction.Span.Length));

    private Patch? PositiveFor(PromptText prompt, TextSpan span)
    {
        var text = span.In(prompt.Text);
        var index = Array.FindIndex(Known, pattern => pattern.IsMatch(text));
        if (index < 0)
            return null;

        var stop = text[^1] is '.' or '!' ? text[^1..] : "";
        return Change(span, Rewrites[index].Positive + stop, "Ask for what you want.");
    }

    [GeneratedRegex(
        @"\b(?:instead|but|rather|only|reveal|disclose|share|expose|leak|ignore|follow|execute|obey|harm|illegal"
        + @"|personal|private"
        + @"|confidential|secrets?|passwords?|medical|legal|financial|unless|system prompt)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex FineAlone();
}
