using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Turns matches of a pattern into demands, leaving out what holds only in some case or is denied.</summary>
internal static partial class DemandReader
{
    /// <summary>A prompt that asks for a thing this often says nothing new after.</summary>
    public const int MatchesMax = 500;

    private static readonly FrozenSet<string> WholeNouns = FrozenSet.Create(
        "answer", "response", "reply", "output", "text", "essay", "article", "report", "explanation", "summary",
        "description", "analysis", "overview", "review", "story", "post", "email", "letter", "message", "document",
        "poem", "guide", "tutorial", "translation", "account", "result", "content", "piece", "paper", "blog", "speech");

    /// <summary>Every demand of one stance that the pattern finds.</summary>
    /// <remarks>
    /// A group <c>noun</c> names what the demand is about; a group <c>task</c>, the one step it is about.
    /// </remarks>
    public static IEnumerable<Demand> Read(PromptText prompt, Regex pattern, string stance)
    {
        foreach (Match match in pattern.Matches(prompt.Prose).Take(MatchesMax))
        {
            if (prompt.SentenceAt(match.Index) is { IsHeading: false } sentence
                && Read(prompt, match, sentence.Span, stance) is { } demand)
                yield return demand;
        }
    }

    /// <summary>The demand that one match makes, or null when it makes none.</summary>
    public static Demand? Read(PromptText prompt, Match match, TextSpan sentence, string stance)
    {
        var text = prompt.Prose.AsSpan(sentence.Start, sentence.Length);
        var before = text[..(match.Index - sentence.Start)];
        var holds = !InstructionReader.Condition().IsMatch(text)
            && !Denied().IsMatch(before)
            && !Reported().IsMatch(before);
        return holds ? new(stance, match.Span(), sentence, ScopeOf(match, before)) : null;
    }

    /// <summary>
    /// Whether the two may stand together: about different things, or steps and alternatives of one sentence.
    /// </summary>
    public static bool Conflict(PromptText prompt, Demand first, Demand second)
    {
        if (!first.Scope.Meets(second.Scope) || first.Span.Overlaps(second.Span))
            return false;
        if (first.Sentence != second.Sentence)
            return true;

        var (start, end) = first.Span.Start < second.Span.Start
            ? (first.Span.End, second.Span.Start)
            : (second.Span.End, first.Span.Start);
        return !Sequence().IsMatch(prompt.Prose.AsSpan(start, Math.Max(0, end - start)));
    }

    private static DemandScope ScopeOf(Match match, ReadOnlySpan<char> before)
    {
        if (LeadingScope().Match(before.ToString()) is { Success: true } leading)
            return new(EnglishWords.Stem(leading.Groups["noun"].Value.ToLowerInvariant()), IsPart: true);
        if (match.Groups["task"].Success)
            return new($"to {match.Groups["task"].Value.ToLowerInvariant()}", IsPart: true);

        var noun = match.Groups["noun"] is { Success: true } group
            ? group.Value
            : PartNoun().Matches(Clause(before).ToString()) is { Count: > 0 } parts ? parts[^1].Value : null;
        if (noun is null)
            return DemandScope.Answer;

        var stem = EnglishWords.Stem(noun.ToLowerInvariant());
        var isWhole = WholeNouns.Contains(noun.ToLowerInvariant()) || WholeNouns.Contains(stem);
        return stem is "answer" or "respons" or "reply" or "output" or "text" or "content" or "result"
            ? DemandScope.Answer
            : new(stem, IsPart: !isWhole);
    }

    /// <summary>What stands before a comma is about something else.</summary>
    private static ReadOnlySpan<char> Clause(ReadOnlySpan<char> before) => before[(before.LastIndexOfAny(",;") + 1)..];

    [GeneratedRegex(
        @"\b(?:not|n't|n’t|never|avoid|without|no need|rather than|instead of|less|isn't)\W(?:\w+\W+){0,2}$",
        Patterns.Options | RegexOptions.RightToLeft, Patterns.Timeout)]
    private static partial Regex Denied();

    // What someone else wants, or what a text is like, is not a demand on the answer.
    [GeneratedRegex(@"\b(?:whether|how|is|was|were|he|she|they|customers?|people)\W(?:\w+\W+){0,3}$",
        Patterns.Options | RegexOptions.RightToLeft, Patterns.Timeout)]
    private static partial Regex Reported();

    [GeneratedRegex(@"\b(?:then|followed by|and later|before|after|or|either|plus|along with|as well as|whose|to)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex Sequence();

    [GeneratedRegex(
        @"^\W*(?:(?:in|for|within|at|under|inside) (?:the |your |each |every |a |an )?(?:\w+ ){0,2}(?<noun>\w+),"
        + @"|(?<noun>(?!tone|style|length|format|output|answer|response|language|voice|task|rules?|note|important)"
        + @"\w+(?: \w+)?):)",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex LeadingScope();

    [GeneratedRegex(
        @"\b(?:titles?|headlines?|subject lines?|introductions?|intros?|conclusions?|captions?|taglines?|bullets?"
        + @"|points?"
        + @"|sections?|steps?|examples?|paragraphs?|sentences?|comments?|names?|each|every|questions?|options?|abstract"
        + @"|keys?|values?|fields?|columns?|rows?|items?|summary|labels?|slides?|tweets?)\b",
        Patterns.Options, Patterns.Timeout)]
    private static partial Regex PartNoun();
}
