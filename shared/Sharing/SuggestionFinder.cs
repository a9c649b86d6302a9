using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Finds, offline, which of some entities are alike, and which relationships are missing. The texts are given one by
/// one and are not kept.
/// </summary>
public sealed partial class SuggestionFinder
{
    /// <summary>Of one kind that one entity is the source of.</summary>
    public const int SuggestionsPerEntityMax = 5;

    /// <summary>
    /// The cosine from which vectors are near. Texts about one thing in other words are, with the embedders in use, and
    /// those about another are not.
    /// </summary>
    public const double NearFrom = 0.8;

    private const double SimilarFrom = 0.5;
    private const double DuplicateFrom = 0.9;
    private const int TitleWordsMax = 8;
    private const int SameTitleMax = 3;

    private readonly Dictionary<Guid, string> titles;
    private readonly Dictionary<string, List<Guid>> byTitle = [];
    private readonly HashSet<string> titleBeginnings = [];
    private readonly HashSet<(Guid, Guid)> related;
    private readonly ILookup<Guid, Guid> dependencies;
    private readonly Dictionary<Guid, TextFingerprint> prints = [];
    private readonly string model;
    private readonly Dictionary<(string, Guid, Guid), FoundSuggestion> found = [];

    /// <param name="subjects">Whatever can be suggested.</param>
    /// <param name="model">Whose vectors are compared.</param>
    public SuggestionFinder(
        IReadOnlyList<SuggestionTitle> subjects, IEnumerable<(Guid Source, Guid Target, string Type)> relationships,
        string model)
    {
        this.model = model;
        titles = subjects.ToDictionary(subject => subject.Id, subject => subject.Title);
        foreach (var subject in subjects)
        {
            var key = string.Join(' ', TextFingerprint.Words(subject.Title));
            if (!byTitle.TryGetValue(key, out var ids))
                byTitle[key] = ids = [];
            ids.Add(subject.Id);
            titleBeginnings.Add(string.Join(' ', key.Split(' ').Take(2)));
        }
        var all = relationships.ToList();
        related = [.. all.Select(edge => Pair(edge.Source, edge.Target))];
        dependencies = all.Where(edge => edge.Type == RelationshipType.DependsOn)
            .ToLookup(edge => edge.Source, edge => edge.Target);
    }

    /// <summary>Looks at the text of one of the subjects.</summary>
    public void Add(Guid id, string text)
    {
        FindMentions(id, text);
        prints[id] = new TextFingerprint(text);
    }

    /// <summary>Holds two of the texts against one another.</summary>
    /// <param name="cosine">Of their vectors; null while one has none.</param>
    public void Compare(Guid one, Guid other, double? cosine)
    {
        if (related.Contains(Pair(one, other))
            || !prints.TryGetValue(one, out var print) || !prints.TryGetValue(other, out var otherPrint))
            return;
        var overlap = print.WordCount < 2 ? 0 : Math.Round(print.Overlap(otherPrint), 2);
        if (overlap >= DuplicateFrom)
            KeepAlike(SuggestionKind.Duplicate, one, other, overlap, ByWords(overlap));
        else if (cosine is { } near && Math.Round(Math.Min(near, 1), 2) is >= NearFrom and var nearness)
            KeepAlike(
                SuggestionKind.Similar, one, other, nearness,
                FormattableString.Invariant($"Their vectors, by {model}, have a cosine of {nearness:0.00}."));
        else if (cosine is null && overlap >= SimilarFrom)
            KeepAlike(SuggestionKind.Similar, one, other, overlap, ByWords(overlap));
    }

    /// <summary>The first one or two words of all titles that a text could mention.</summary>
    public static IEnumerable<string> Beginnings(string text)
    {
        foreach (Match place in Place().Matches(text))
            yield return string.Join(' ', Words(place).Take(2));
        var before = "";
        foreach (var word in TextFingerprint.Words(text))
        {
            yield return $"{before} {word}";
            before = word;
        }
    }

    /// <summary>What was found in the texts until now.</summary>
    public IReadOnlyList<FoundSuggestion> Finish()
    {
        foreach (var alike in found.Values.Where(one => one.Kind != SuggestionKind.MissingRelation).ToList())
        {
            FindNeighbors(alike.SourceId, alike.TargetId, alike.Score);
            FindNeighbors(alike.TargetId, alike.SourceId, alike.Score);
        }
        return
        [
            .. found.Values
                .OrderByDescending(one => one.Score).ThenBy(one => one.SourceId).ThenBy(one => one.TargetId)
                .GroupBy(one => (one.Kind, one.SourceId))
                .SelectMany(same => same.Take(SuggestionsPerEntityMax)),
        ];
    }

    private void KeepAlike(string kind, Guid one, Guid other, double score, string reason)
    {
        var (source, target) = Pair(one, other);
        Keep(new(kind, source, target, null, score, reason));
    }

    private static string ByWords(double overlap) => overlap == 1
        ? "Their texts are the same, but for case and punctuation."
        : $"{overlap * 100:0} % of the sequences of three words in their texts are the same.";

    private static IEnumerable<string> Words(Match place) =>
        TextFingerprint.Words(place.Groups[1].Value.Replace('_', ' '));

    private void FindMentions(Guid id, string text)
    {
        foreach (Match place in Place().Matches(text))
            FindMention(id, string.Join(' ', Words(place)), 0.9,
                title => $"It has a place for “{title}”: {place.Value}.");

        // Single words are titles by chance too often.
        var words = TextFingerprint.Words(text).ToArray();
        for (var start = 0; start + 1 < words.Length; start++)
        {
            if (!titleBeginnings.Contains($"{words[start]} {words[start + 1]}"))
                continue;
            for (var length = 2; length <= TitleWordsMax && start + length <= words.Length; length++)
                FindMention(id, string.Join(' ', words, start, length), 0.7, title => $"It mentions “{title}”.");
        }
    }

    private void FindMention(Guid id, string words, double score, Func<string, string> reason)
    {
        if (!byTitle.TryGetValue(words, out var ids) || ids.Count > SameTitleMax)
            return;
        foreach (var target in ids)
            FindDependency(id, target, score, reason(titles[target]));
    }

    private void FindNeighbors(Guid id, Guid alike, double likeness)
    {
        foreach (var target in dependencies[alike])
            if (titles.ContainsKey(target))
                FindDependency(
                    id, target, Math.Round(0.6 * likeness, 2),
                    $"“{titles[alike]}”, which is alike ({likeness * 100:0} %), depends on it.");
    }

    private void FindDependency(Guid source, Guid target, double score, string reason)
    {
        if (source != target && !related.Contains(Pair(source, target)))
            Keep(new(
                SuggestionKind.MissingRelation, source, target, RelationshipType.DependsOn, score, reason));
    }

    // The best reason for each, and no dependency in both directions.
    private void Keep(FoundSuggestion suggestion)
    {
        var key = (suggestion.Kind, suggestion.SourceId, suggestion.TargetId);
        var isWorse = found.TryGetValue(key, out var known) && known.Score >= suggestion.Score;
        if (!isWorse && !found.ContainsKey((suggestion.Kind, suggestion.TargetId, suggestion.SourceId)))
            found[key] = suggestion;
    }

    private static (Guid, Guid) Pair(Guid one, Guid other) => one.CompareTo(other) < 0 ? (one, other) : (other, one);

    [GeneratedRegex(@"\{\{\s*([A-Za-z_][\w.\-]{0,63})\s*\}\}")]
    private static partial Regex Place();
}
