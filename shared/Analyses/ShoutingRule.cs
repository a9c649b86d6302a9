using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Runs of words in capitals, labels and acronyms aside, and piled-up exclamation marks.</summary>
internal sealed partial class ShoutingRule() : LintRule(
    "shouting", Severity.Info, "Capitals or exclamation marks for emphasis")
{
    private const int LoudWordsMin = 3;

    private static readonly FrozenSet<string> Acronyms = FrozenSet.Create(
        "JSON", "XML", "HTML", "CSV", "YAML", "SQL", "API", "URL", "URI", "PDF", "CSS", "HTTP", "HTTPS", "REST", "UTC",
        "USA", "UK", "EU", "UN", "FAQ", "CEO", "CTO", "CRM", "SEO", "LLM", "AI", "ML", "NLP", "ID", "UUID", "ISO",
        "GDPR", "TODO", "TBD", "OK", "Q&A", "PR", "CI", "CD", "AWS", "GPU", "CPU", "RAM", "UI", "UX", "US", "IT", "HR",
        "KPI");

    public override IEnumerable<Finding> Check(PromptText prompt)
    {
        foreach (Match match in Pattern().Matches(prompt.Prose))
        {
            var span = match.Span();
            if (match.Value[0] == '!')
                yield return Found(prompt, span, "One exclamation mark is enough.", Change(span, "!", "Keep one."));
            else if (IsLoud(match.Value) && !IsLabel(prompt, span))
                yield return Found(
                    prompt, span, "Capitals do not make an instruction clearer.",
                    Change(span, Quieten(prompt, span), "Write it in lower case."));
        }
    }

    private static bool IsLoud(string run) =>
        run.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Count(word =>
                word.Count(char.IsAsciiLetterUpper) > 1 && !Acronyms.Contains(word.Trim(',', '\''))) >= LoudWordsMin;

    /// <summary>Headings and labels ("OUTPUT FORMAT RULES:") are in capitals by custom.</summary>
    private static bool IsLabel(PromptText prompt, TextSpan span)
    {
        var line = Lines.Whole(prompt.Prose, span);
        var rest = prompt.Prose.AsSpan(span.End, line.End - span.End).Trim();
        var before = prompt.Prose.AsSpan(line.Start, span.Start - line.Start).Trim(" \t#*-=_[(");
        return before.IsEmpty && (rest.IsEmpty
            ? !IsSentence(prompt, span)
            : rest[0] is ':' or '*' or '=' or '-' or ']' or ')' or '#' or '_');
    }

    private static bool IsSentence(PromptText prompt, TextSpan span) =>
        prompt.SentenceAt(span.Start) is { IsHeading: false }
        && span.In(prompt.Prose).Count(symbol => symbol == ' ') >= 3;

    private static string Quieten(PromptText prompt, TextSpan span)
    {
        var startsSentence = prompt.SentenceAt(span.Start) is { } sentence && sentence.Span.Start == span.Start;
        var quiet = new StringBuilder(span.Length);
        foreach (var word in span.In(prompt.Text).Split(' '))
        {
            var bare = word.Trim(',', '\'');
            var isKept = Acronyms.Contains(bare) || bare == "I"
                || bare.Any(symbol => char.IsAsciiDigit(symbol) || symbol == '_');
            quiet.Append(quiet.Length > 0 ? " " : "").Append(isKept ? word : word.ToLowerInvariant());
        }

        if (startsSentence)
            quiet[0] = char.ToUpperInvariant(quiet[0]);
        return quiet.ToString();
    }

    [GeneratedRegex(
        @"\b[A-Z][A-Z'’]{0,30}(?:,?[ ][A-Z][A-Z'’]{0,30}){2,40}\b|!{2,}", Patterns.ExactCase, Patterns.Timeout)]
    private static partial Regex Pattern();
}
