using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Demands on the tone, with the pairs that exclude each other.</summary>
internal static partial class ToneDemands
{
    public static readonly IReadOnlyList<(string, string)> Opposites =
    [
        ("a formal tone", "a casual tone"),
        ("a serious tone", "a humorous tone"),
        ("a neutral tone", "a persuasive tone"),
        ("a formal tone", "a humorous tone"),
        ("a friendly tone", "a harsh tone"),
    ];

    public static IEnumerable<Demand> Read(PromptText prompt)
    {
        foreach (Match match in Pattern().Matches(prompt.Prose).Take(DemandReader.MatchesMax))
        {
            if (prompt.SentenceAt(match.Index) is { IsHeading: false } sentence
                && IsAboutTone(prompt, sentence.Span, match)
                && DemandReader.Read(prompt, match, sentence.Span, StanceOf(match)) is { } demand)
                yield return demand;
        }
    }

    /// <summary>"Formal methods" and "serious bugs" are no tones: the sentence has to speak of manner.</summary>
    private static bool IsAboutTone(PromptText prompt, TextSpan sentence, Match match)
    {
        var before = prompt.Prose.AsSpan(sentence.Start, match.Index - sentence.Start);
        var after = prompt.Prose.AsSpan(match.Index + match.Length, sentence.End - match.Index - match.Length);
        return MannerBefore().IsMatch(before) || MannerAfter().IsMatch(after)
            || match.Value.EndsWith("ly", StringComparison.OrdinalIgnoreCase);
    }

    private static string StanceOf(Match match) =>
        match.Groups["formal"].Success ? "a formal tone"
        : match.Groups["casual"].Success ? "a casual tone"
        : match.Groups["serious"].Success ? "a serious tone"
        : match.Groups["humorous"].Success ? "a humorous tone"
        : match.Groups["neutral"].Success ? "a neutral tone"
        : match.Groups["persuasive"].Success ? "a persuasive tone"
        : match.Groups["friendly"].Success ? "a friendly tone"
        : "a harsh tone";

    [GeneratedRegex(
        """
        \b(?:(?<formal>formal(?:ly)?)
        |(?<casual>casual(?:ly)?|informal(?:ly)?|slang|colloquial|chatty|conversational)
        |(?<serious>serious|solemn|grave)
        |(?<humorous>humorous(?:ly)?|funny|witty|playful|jokes?|puns?|sarcastic)
        |(?<neutral>neutral|objective|impartial|unbiased)
        |(?<persuasive>persuasive|opinionated|salesy|promotional)
        |(?<friendly>friendly|warm|kind|gentle)
        |(?<harsh>harsh|brutal|brutally|stern|aggressive|rude))\b
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Pattern();

    [GeneratedRegex(
        @"\b(?:be|sound|stay|remain|tone|style|voice|manner|use|write|keep (?:it|things|the \w+)|crack|tell|make|add"
        + @"|include)"
        + @"\W(?:[\w'-]+[^\w'-]+){0,4}['-]*$", Patterns.Options | RegexOptions.RightToLeft, Patterns.Timeout)]
    private static partial Regex MannerBefore();

    [GeneratedRegex(@"^(?:[^\w-]+[\w-]+){0,3}?\W+(?:tone|style|voice|manner|language|register|way|wording)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex MannerAfter();
}
