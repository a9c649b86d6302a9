using System.Text;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// The terms of a query that full text is searched for: each once, and so few that neither the index nor the ranking
/// of what is found takes long.
/// </summary>
internal static partial class QueryTerms
{
    /// <summary>Words in all terms; a phrase has several.</summary>
    public const int WordsMax = 32;

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

    /// <summary>The query with its first terms, up to the limit, each once.</summary>
    public static string Of(string query) => Read(query).Terms;

    private static (string Terms, bool IsWhole) Read(string query)
    {
        var (terms, alternative, words, isWhole) = (new StringBuilder(), new HashSet<string>(), 0, true);
        foreach (var match in Term().EnumerateMatches(query))
        {
            var term = query.Substring(match.Index, match.Length);
            if (term.Equals("or", StringComparison.OrdinalIgnoreCase))
            {
                // What is asked for on both sides of it is so on each.
                if (alternative.Count > 0)
                    terms.Append("or ");
                alternative.Clear();
                continue;
            }
            var count = Word().Count(term);
            if (count == 0 || alternative.Contains(term.ToLowerInvariant()))
                continue;
            isWhole &= words + count <= WordsMax;
            if (words + count > WordsMax)
                continue;
            words += count;
            alternative.Add(term.ToLowerInvariant());
            terms.Append(term).Append(' ');
        }
        return (terms.ToString(), isWhole);
    }

    // As core.search_query takes a query apart.
    [GeneratedRegex("""-?"[^"]*"?|[^\s"]+""")]
    private static partial Regex Term();

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+")]
    private static partial Regex Word();
}
