using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Demands on the language of the answer.</summary>
internal static partial class LanguageDemands
{
    public static IEnumerable<Demand> Read(PromptText prompt)
    {
        foreach (Match match in Pattern().Matches(prompt.Prose).Take(DemandReader.MatchesMax))
        {
            var language = match.Groups["language"].Value;
            if (prompt.SentenceAt(match.Index) is { IsHeading: false } sentence
                && DemandReader.Read(
                    prompt, match, sentence.Span, $"{char.ToUpperInvariant(language[0])}{language[1..]}")
                    is { } demand)
                yield return demand;
        }
    }

    [GeneratedRegex(
        """
        \b(?:respond|reply|answer|write|output|speak)\s(?:[\w'’-]{1,20}\s){0,4}?(?:only\s|exclusively\s)?in\s(?:only\s)?
        (?:formal\s|simple\s|plain\s|fluent\s|british\s|american\s|brazilian\s)?
        (?<language>english|french|german|spanish|italian|portuguese|dutch|polish|russian|ukrainian|turkish|swedish
            |norwegian|danish|finnish|czech|greek|hungarian|romanian|japanese|chinese|mandarin|korean|arabic|hebrew
            |hindi|vietnamese|indonesian|thai|persian|urdu|latin)\b(?!\sand\b|\sor\b|,)
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Pattern();
}
