using System.Text.RegularExpressions;

namespace Assay;

/// <summary>1, and 3 each for a role, an audience, and a purpose or background. English only.</summary>
internal static partial class ContextScorer
{
    public static Verdict? Score(JudgedPrompt judged)
    {
        if (!judged.Prompt.IsEnglish)
            return null;

        (string Name, JudgeEvidence? Evidence)[] parts =
        [
            ("a role", judged.Evidence(Role())),
            ("an audience", judged.Evidence(Audience())),
            ("a purpose or background", judged.Evidence(Purpose())),
        ];
        var missing = parts.Where(part => part.Evidence is null).Select(part => part.Name).ToList();
        var score = 1 + 3.0 * (parts.Length - missing.Count);
        var comment = missing.Count == 0
            ? "Role, audience and purpose are given."
            : $"Missing: {string.Join(", ", missing)}.";
        return new(score, comment, [.. parts.Select(part => part.Evidence).OfType<JudgeEvidence>()]);
    }

    [GeneratedRegex(
        @"\b(?:you are|you['’]re|act as|acting as|as an? (?:expert|experienced|senior|professional)|your role"
        + @"|pretend to be|imagine you|role|persona)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Role();

    [GeneratedRegex(
        @"\b(?:audience|aimed at|intended for|written for"
        + @"|for (?:an? |the |our |my )?(?:\w{1,20} ){0,2}(?:readers?|users?|customers?|beginners?|children|kids"
        + @"|students?|teams?|managers?|developers?|engineers?|executives?|clients?|people|experts?|patients?"
        + @"|employees?|newcomers?|adults?|audience))\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Audience();

    [GeneratedRegex(
        @"\b(?:background|context|goal|purpose|objective|so that|in order to|because|we are|we['’]re|our company"
        + @"|our \w+ is|i am|i['’]m|my \w+ is|will be used|used (?:to|for|in)|scenario|situation)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Purpose();
}
