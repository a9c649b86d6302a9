using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Finds, offline, entities that are alike and relationships that are missing. The texts are given one by one and are
/// not kept.
/// </summary>
public sealed partial class SuggestionFinder
{
    /// <summary>Of one kind that one entity is the source of.</summary>
    public const int SuggestionsPerEntityMax = 5;

    /// <summary>Of one search; the best are taken.</summary>
    public const int SuggestionsMax = 500;

    private const double SimilarFrom = 0.5;
    private const double DuplicateFrom = 0.9;
    private const int TitleWordsMax = 8;
    private const int SameTitleMax = 3;
    private const int BucketMax = 20;

    private readonly Dictionary<Guid, string> titles;
    private readonly Dictionary<string, List<Guid>> byTitle = [];
    private readonly HashSet<string> titleBeginnings = [];
    private readonly HashSet<(Guid, Guid)> related;
    private readonly ILookup<Guid, Guid> dependencies;
    private readonly List<(Guid Id, TextFingerprint Print)> prints = [];
    private readonly Dictionary<(int Band, ulong Key), List<int>> buckets = [];
    private readonly Dictionary<(string, Guid, Guid), FoundSuggestion> found = [];

    public SuggestionFinder(
        IReadOnlyList<SuggestionSubject> subjects, IEnumerable<(Guid Source, Guid Target, string Type)> relationships)
    {
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
        var print = new TextFingerprint(text);
        if (print.WordCount < 2)
            return;
        foreach (var other in Candidates(print))
            FindLikeness(id, print, prints[other].Id, prints[other].Print);
        for (var band = 0; band < TextFingerprint.Bands; band++)
            Bucket(band, print.BandKeys[band]).Add(prints.Count);
        prints.Add((id, print));
    }

    /// <summary>What was found in the texts until now, best first.</summary>
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
                .SelectMany(same => same.Take(SuggestionsPerEntityMax))
                .OrderByDescending(one => one.Score).ThenBy(one => one.SourceId).ThenBy(one => one.TargetId)
                .Take(SuggestionsMax),
        ];
    }

    // Of a bucket that very many are in, the last ones do.
    private HashSet<int> Candidates(TextFingerprint print) =>
        [.. Enumerable.Range(0, TextFingerprint.Bands)
            .SelectMany(band => Bucket(band, print.BandKeys[band]).TakeLast(BucketMax))];

    private List<int> Bucket(int band, ulong key)
    {
        if (!buckets.TryGetValue((band, key), out var bucket))
            buckets[(band, key)] = bucket = [];
        return bucket;
    }

    private void FindLikeness(Guid id, TextFingerprint print, Guid otherId, TextFingerprint other)
    {
        var overlap = Math.Round(print.Overlap(other), 2);
        if (overlap < SimilarFrom || related.Contains(Pair(id, otherId)))
            return;
        var (source, target) = Pair(id, otherId);
        Keep(new(
            overlap >= DuplicateFrom ? SuggestionKind.Duplicate : SuggestionKind.Similar, source, target, null, overlap,
            overlap == 1
                ? "Their texts are the same, but for case and punctuation."
                : $"{overlap * 100:0} % of the sequences of three words in their texts are the same."));
    }

    private void FindMentions(Guid id, string text)
    {
        foreach (Match place in Place().Matches(text))
            FindMention(id, string.Join(' ', TextFingerprint.Words(place.Groups[1].Value.Replace('_', ' '))), 0.9,
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
                    $"“{titles[alike]}”, whose text is {likeness * 100:0} % the same, depends on it.");
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
