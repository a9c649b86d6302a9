using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// 7; less 3 for each value from outside that is put in without delimiters, 1 more when such values are all delimited;
/// 1.5 for saying what to do when unsure, 1.5 for saying what to keep from or to disregard. The last two go by
/// English words.
/// </summary>
internal static partial class SafetyScorer
{
    public static Verdict Score(JudgedPrompt judged)
    {
        var exposed = judged.Of("injection-prone-interpolation");
        var unsure = judged.Evidence(Unsure());
        var limits = judged.Evidence(Bounds());
        var isDelimited = judged.Prompt.Placeholders.Count > 0 && exposed.Count == 0;
        var score = 7 - 3.0 * exposed.Count + (isDelimited ? 1 : 0)
            + (unsure is null ? 0 : 1.5) + (limits is null ? 0 : 1.5);
        var comment = exposed.Count > 0 ? "Text from outside can pass for instructions."
            : unsure is null ? "Nothing says what to do when the answer is not known."
            : "It says what to do when unsure, and data stay apart from instructions.";
        var evidence = JudgedPrompt.Quote(exposed).Concat(new[] { unsure, limits }.OfType<JudgeEvidence>());
        return new(score, comment, [.. evidence]);
    }

    [GeneratedRegex(
        @"\b(?:if (?:you(?:['’]re| are)? (?:do not|don['’]t|cannot|can['’]t|not sure|unsure|uncertain)|unsure"
        + @"|uncertain|the answer is not|there is no|no \w+ (?:is|are) found"
        + @"|the \w+ (?:does not|doesn['’]t|is missing))"
        + @"|say (?:so|that you do(?: not|n['’]t) know|you do(?: not|n['’]t) know)|i don['’]t know"
        + @"|insufficient information|ask (?:for clarification|a clarifying question))\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Unsure();

    [GeneratedRegex(
        @"\b(?:(?:do not|don['’]t|never) (?:reveal|disclose|share|make up|invent|guess|fabricate|follow|execute"
        + @"|hallucinate|give (?:medical|legal|financial))"
        + @"|ignore (?:any )?instructions|treat (?:it|them|the \w+|everything \w+) as data"
        + @"|only (?:use|rely on|from) (?:the )?(?:information|facts|context|document|text|provided))\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Bounds();
}
