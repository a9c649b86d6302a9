using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Neither who is to answer nor for whom nor why. Short everyday requests need none of it.</summary>
internal sealed partial class MissingRoleRule() : LintRule(
    "missing-role", Severity.Info, "Neither a role nor an audience nor any context is given")
{
    private const int WordsMin = 15;

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        if (prompt.Instructions.Count == 0 || GivesContext(prompt) || Words.In(prompt.Prose).Count < WordsMin)
            yield break;

        var role = RoleFor(prompt.Instructions[0].Verb);
        yield return Found(
            prompt, prompt.Instructions[0].Span, "Say who is answering, for whom and why; it settles tone and depth.",
            Change(TextSpan.At(0), $"You are {role}.\n\n", "Open with a role; adjust it to your case."));
    }

    public static bool GivesContext(PromptText prompt) => Context().IsMatch(prompt.Prose);

    private static string RoleFor(string verb) => verb switch
    {
        "translat" => "a professional translator",
        "summariz" or "summaris" or "shorten" or "edit" or "proofread" or "rewrit" => "a careful editor",
        "implement" or "debug" or "refactor" or "cod" or "build" or "optimiz" => "a senior software engineer",
        "writ" or "draft" or "compos" or "use" => "an experienced writer",
        "classify" or "extract" or "label" or "identify" or "categoriz" => "a precise data annotator",
        "explain" or "teach" or "describ" => "a patient teacher",
        _ => "a careful analyst",
    };

    [GeneratedRegex(
        """
        \b(?:you\sare|you['’]re|you\swill\s(?:be|act|play)|act(?:ing)?\sas|pretend\s(?:to\sbe|you)|imagine\syou
        |your\s(?:role|job|task|goal|audience)|as\san?\s\w+
        |role|persona|audience|background|context|scenario|situation
        |for\s(?:an?\s|the\s|our\s|my\s)?(?:\w{1,20}\s){0,2}
            (?:readers?|users?|customers?|beginners?|children|kids?|students?|teams?|managers?|developers?|engineers?
            |executives?|clients?|people|experts?|class|company|website|blog|newsletter|course|interview)
        |aimed\sat|intended\sfor|i\sam|i['’]m|we\sare|we['’]re|our\s\w{3,}|my\s\w{3,})\b
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Context();
}
