using System.Globalization;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>A range that a prompt sets for the size of the answer.</summary>
internal sealed record NumberLimit(string Unit, double Least, double Most, Demand Demand);

/// <summary>
/// Reads "at least 500 words", "under 200 words", "a 300-word article", "in three sentences" and the like.
/// </summary>
internal static partial class NumberLimits
{
    /// <summary>What a generous sentence or paragraph may hold, to compare limits in different units.</summary>
    private const int WordsInSentenceMax = 60;
    private const int WordsInParagraphMax = 300;

    private static readonly string[] Numerals =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    public static IEnumerable<NumberLimit> Read(PromptText prompt)
    {
        foreach (Match match in Pattern().Matches(prompt.Prose).Take(DemandReader.MatchesMax))
        {
            if (prompt.SentenceAt(match.Index) is not { IsHeading: false } sentence
                || IsPerPart(prompt, sentence.Span, match)
                || !TryNumber(match.Groups["number"].Value, out var number)
                || DemandReader.Read(prompt, match, sentence.Span, match.Value) is not { } demand)
                continue;

            var upper = TryNumber(match.Groups["upper"].Value, out var other) ? other : number;
            var unit = EnglishWords.Stem(match.Groups["unit"].Value.ToLowerInvariant());
            var (least, most) = Range(match, number, upper);
            yield return new(unit is "bullet" or "point" ? "item" : unit, least, most, demand);
        }
    }

    /// <summary>Whether no answer can be within both.</summary>
    public static bool Exclude(NumberLimit one, NumberLimit other)
    {
        if (one.Unit == other.Unit)
            return one.Least > other.Most || other.Least > one.Most;

        return InWords(one) is { } first && InWords(other) is { } second
            && (first.Least > second.Most || second.Least > first.Most);
    }

    private static (double Least, double Most)? InWords(NumberLimit limit) => limit.Unit switch
    {
        "word" => (limit.Least, limit.Most),
        "sentenc" => (limit.Least, limit.Most * WordsInSentenceMax),
        "paragraph" => (limit.Least, limit.Most * WordsInParagraphMax),
        _ => null,
    };

    private static (double, double) Range(Match match, double number, double upper)
    {
        // A bare number of words is met by about that many; a bare number of anything else is meant exactly.
        var slack = match.Groups["unit"].Value.StartsWith("word", StringComparison.OrdinalIgnoreCase) ? 0.2 : 0;
        return match.Groups["least"].Success ? (number, double.PositiveInfinity)
            : match.Groups["most"].Success || match.Groups["orless"].Success ? (0, number)
            : match.Groups["ormore"].Success ? (number, double.PositiveInfinity)
            : (number * (1 - slack), upper * (1 + slack));
    }

    private static bool IsPerPart(PromptText prompt, TextSpan sentence, Match match) =>
        PerPart().IsMatch(prompt.Prose.AsSpan(match.Index + match.Length, sentence.End - match.Index - match.Length));

    private static bool TryNumber(string text, out double number)
    {
        number = Array.IndexOf(Numerals, text.ToLowerInvariant());
        return number >= 0 || double.TryParse(
            text, NumberStyles.AllowThousands | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out number);
    }

    [GeneratedRegex(
        """
        \b(?:(?<least>at\sleast|no\sfewer\sthan|no\sless\sthan|not\sless\sthan|more\sthan|over|a\sminimum\sof
                |minimum\sof|minimum)
            |(?<most>at\smost|no\smore\sthan|not\smore\sthan|up\sto|under|below|fewer\sthan|less\sthan|within
                |maximum\sof|a\smaximum\sof|max(?:imum)?|limit(?:ed)?\s(?:it\s|yourself\s|your\s\w{1,20}\s)?to)
            |in|into|exactly|about|around|roughly|approximately|a|an|of|use|write|with|give|list|provide)\s
        (?:only\s|just\s|exactly\s|about\s|around\s)?
        (?<number>\d{1,3}(?:,\d{3})+|\d{1,6}|one|two|three|four|five|six|seven|eight|nine|ten)
        (?:\s?(?:-|–|to)\s?(?<upper>\d{1,6}))?(?:\s|-|–)(?:short\s|bullet\s|full\s)?
        (?<unit>words?|sentences?|paragraphs?|characters?|tokens?|bullets?|points?|items?)\b
        (?:\s(?:or\s(?:(?<orless>less|fewer)|(?<ormore>more))))?
        (?:\s(?<noun>article|essay|report|story|post|summary|description|title|introduction|conclusion|abstract
            |headline|caption|bio))?
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex Pattern();

    [GeneratedRegex(
        @"^\s?(?:each|per|apiece|long each|every|for (?:each|every|the|a)|about the|of (?:the )?context|from the)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex PerPart();
}
