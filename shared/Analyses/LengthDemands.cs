using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Demands that the answer be short or that it be detailed.</summary>
internal static partial class LengthDemands
{
    public const string Brief = "a brief answer";
    public const string Detailed = "a detailed answer";

    public static IEnumerable<Demand> Read(PromptText prompt) =>
        DemandReader.Read(prompt, BriefPattern(), Brief)
            .Concat(DemandReader.Read(prompt, DetailedPattern(), Detailed)
                .Where(demand => !IsTempered(prompt, demand)));

    /// <summary>"Concise but thorough" asks for density, which can be had.</summary>
    private static bool IsTempered(PromptText prompt, Demand demand) =>
        Tempered().IsMatch(prompt.Prose.AsSpan(demand.Sentence.Start, demand.Sentence.Length));

    [GeneratedRegex(
        """
        \b(?:be|stay|remain)\s(?:(?:very|as|extremely|really|both)\s){0,2}
            (?:brief|concise|short|succinct|terse|to\sthe\spoint)\b
        |\bkeep\s(?:it|this|them|things|(?:the\s|your\s|all\s){0,2}(?<noun>\w{3,20}))\s(?:(?:very|as|extremely)\s)?
            (?:brief|concise|short|succinct)\b
        |\b(?:answer|respond|reply|write)\s(?:very\s)?(?:briefly|concisely|succinctly|tersely)\b
        |\b(?:briefly|concisely|succinctly)\s(?!and\b)(?<task>\w{3,20})\b
        |\b(?:brief|concise|short|succinct|terse|one-sentence|one-line|single-sentence|two-sentence)\s
            (?<noun>\w{3,20})\b
        |\bin\s(?:just\s|only\s|exactly\s|no\smore\sthan\s)?(?:one|a\ssingle|1)\s(?:sentence|line|word)\b
        |\bas\s(?:short|brief)\sas\spossible\b
        |\bavoid\s(?:long|lengthy|verbose|wordy)\s(?<noun>\w{3,20})\b
        |\b(?:do\snot|don['’]t)\sbe\s(?:verbose|wordy|long-winded)\b
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex BriefPattern();

    [GeneratedRegex(
        """
        \b(?:be|stay)\s(?:(?:very|as|extremely|really|both)\s){0,2}
            (?:detailed|thorough|comprehensive|exhaustive|verbose|in-depth|lengthy)\b
        |\b(?:answer|respond|reply|write|describe|explain|discuss|cover)\s(?:\w{1,20}\s){0,6}?
            in\s(?:great|full|extensive|exhaustive|as\smuch|considerable|a\slot\sof)\sdetail\b
        |\b(?:detailed|comprehensive|in-depth|exhaustive|thorough|long|lengthy|extensive|long-form)\s
            (?:(?:and|,)\s\w{3,20}\s)?(?<noun>\w{3,20})\b
        |\bin\s(?:great|full|extensive|exhaustive|as\smuch)\sdetail\b
        |\bas\s(?:detailed|long|thorough|comprehensive)\sas\spossible\b
        |\b(?:at\sgreat\slength|leave\snothing\sout|cover\severy\s(?:single\s)?(?:aspect|detail|angle))\b
        """,
        Patterns.Options | RegexOptions.IgnorePatternWhitespace, Patterns.Timeout)]
    private static partial Regex DetailedPattern();

    [GeneratedRegex(
        @"\b(?:brief|concise|short|succinct)\w*,?\s(?:but|yet|though|while)\s(?:still\s|being\s){0,2}"
        + @"(?:thorough|comprehensive|complete|informative)\b"
        + @"|\b(?:thorough|comprehensive|complete|informative)\w*,?\s(?:but|yet|though|while)\s"
        + @"(?:still\s|being\s){0,2}(?:brief|concise|short|succinct)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Tempered();
}
