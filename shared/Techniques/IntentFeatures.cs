using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// What of a text tells its intent: its words, the pairs that it opens with, and the patterns and keywords of the
/// intents that are in it. English.
/// </summary>
internal sealed partial class IntentFeatures
{
    // What is asked stands at the beginning or at the end; in between is what it is asked about.
    private const int HeadMax = 600;
    private const int TailMax = 300;

    private const int OpeningPairs = 4;
    private const double WordWeight = 1;
    private const double PatternWeight = 1;
    private const double KeywordWeight = 0.5;
    private const int KeywordsMax = 3;
    private const int PiecesMax = 5;

    // Far more than a pattern of ours takes for what is looked at.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly (string Key, Regex[] Patterns, HashSet<string> Stems)[] intents;

    /// <exception cref="ArgumentException">A pattern is no regular expression.</exception>
    public IntentFeatures(IEnumerable<Intent> known) => intents =
    [
        .. known.Select(intent => (
            intent.Key,
            intent.Patterns.Select(pattern => new Regex(pattern, Patterns.Options, Patience)).ToArray(),
            intent.Keywords.Select(word => EnglishWords.Stem(word)).ToHashSet())),
    ];

    /// <summary>The feature of an intent's patterns, and that of its keywords.</summary>
    public static (string Pattern, string Keyword) Of(string intent) => ($"pattern:{intent}", $"keyword:{intent}");

    /// <summary>Features with their weights, in an order that depends on the text alone.</summary>
    public IReadOnlyList<(string Name, double Weight)> In(string text)
    {
        var request = Request(text);
        var all = Stems(request).Select(word => word.Stem).ToList();
        var stems = all.Distinct().ToList();
        var features = stems.ConvertAll(stem => ($"word:{stem}", WordWeight));
        features.AddRange(all.Zip(all.Skip(1)).Take(OpeningPairs).Distinct()
            .Select(pair => ($"pair:{pair.First} {pair.Second}", WordWeight)));
        foreach (var intent in intents)
        {
            var (pattern, keyword) = Of(intent.Key);
            var matched = intent.Patterns.Count(one => one.IsMatch(request));
            if (matched > 0)
                features.Add((pattern, PatternWeight * Math.Min(1 + 0.5 * (matched - 1), 2)));
            var found = stems.Count(intent.Stems.Contains);
            if (found > 0)
                features.Add((keyword, KeywordWeight * Math.Min(found, KeywordsMax)));
        }
        return features;
    }

    /// <summary>What of the text speaks for an intent: what its patterns match, then its keywords.</summary>
    public IReadOnlyList<string> Because(string key, string text)
    {
        var request = Request(text);
        var intent = intents.First(one => one.Key == key);
        var matched = intent.Patterns.Select(pattern => pattern.Match(request)).Where(match => match.Success)
            .Select(match => match.Value.Trim());
        var words = Stems(request).Where(word => intent.Stems.Contains(word.Stem)).Select(word => word.Word);
        return
        [
            .. matched.Concat(words).Where(piece => piece.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)
                .Take(PiecesMax),
        ];
    }

    private static string Request(string text)
    {
        var cut = text.Length <= HeadMax + TailMax ? text : $"{text[..HeadMax]}\n{text[^TailMax..]}";
        return Quotation().Replace(cut.Replace('’', '\''), "\"\"");
    }

    private static IEnumerable<(string Word, string Stem)> Stems(string request) =>
        Words.In(request).Select(span => span.In(request))
            .Select(word => (word, EnglishWords.Stem(word.ToLowerInvariant())));

    // A quotation is what something is asked about.
    [GeneratedRegex("\"[^\"]{3,}\"|“[^”]{3,}”", RegexOptions.CultureInvariant)]
    private static partial Regex Quotation();
}
