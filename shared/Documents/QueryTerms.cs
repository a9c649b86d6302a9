using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// The terms of a query that full text is searched for: each once, and so few that ranking what is found does not take
/// long. It takes time by the square of the words where all of them are in every text.
/// </summary>
internal static partial class QueryTerms
{
    /// <summary>
    /// Words in all terms; a phrase has several, and a beginning such as <c>word*</c> counts as two, for what it costs.
    /// </summary>
    public const int WordsMax = 16;

    /// <summary>What was expected instead of a query that asks for too much; null when it may be asked.</summary>
    public static string? Problem(string query, SearchMode mode) =>
        mode is SearchMode.Vector || IsAnyWord(query, mode) || Read(query).IsWhole
            ? null
            : $"expected at most {WordsMax} different words";

    /// <summary>
    /// A plain hybrid query asks for any of its words: its vector cannot demand all of them either, and fusion favors
    /// what has more.
    /// </summary>
    public static bool IsAnyWord(string query, SearchMode mode) =>
        mode is SearchMode.Hybrid && !Snippets.HasOperators(query);

    /// <summary>
    /// The query with each term once; where there are too many words, with the longest, which say most and are found
    /// least.
    /// </summary>
    public static string Of(string query) => Read(query).Terms;

    private static (string Terms, bool IsWhole) Read(string query)
    {
        var alternatives = Alternatives(query);
        var (chosen, words) = (new HashSet<string>(), 0);
        foreach (var term in alternatives.SelectMany(one => one).OrderByDescending(term => term.Length))
            if (words + Words(term) <= WordsMax)
            {
                words += Words(term);
                chosen.Add(term);
            }
        var terms = alternatives.Select(one => string.Join(' ', one.Where(chosen.Contains)));
        return (
            string.Join(" or ", terms.Where(term => term.Length > 0)),
            alternatives.All(one => one.All(chosen.Contains)));
    }

    // What stands between each "or", without what is no word, or is there twice.
    private static List<List<string>> Alternatives(string query)
    {
        var alternatives = new List<List<string>> { new() };
        foreach (var match in Term().EnumerateMatches(query))
        {
            var term = query.Substring(match.Index, match.Length);
            if (term.Equals("or", StringComparison.OrdinalIgnoreCase))
                alternatives.Add([]);
            else if (Words(term) > 0 && !alternatives[^1].Contains(term, StringComparer.OrdinalIgnoreCase))
                alternatives[^1].Add(term);
        }
        return alternatives;
    }

    private static int Words(string term) => Word().Count(term) * (term.EndsWith('*') ? 2 : 1);

    // As core.search_query takes a query apart.
    [GeneratedRegex("""-?"[^"]*"?|[^\s"]+""")]
    private static partial Regex Term();

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();
}
