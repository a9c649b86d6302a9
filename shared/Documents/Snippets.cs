using System.Text;

namespace Assay;

/// <summary>
/// Marks of found words: private-use characters on their way through Postgres, then HTML. Angle brackets travel in the
/// same disguise, for Postgres would take what stands between them for tags and drop it.
/// </summary>
internal static class Snippets
{
    public const string Start = "\ue000";
    public const string Stop = "\ue001";
    public const string Brackets = "\ue002\ue003";
    public const string Options =
        $"StartSel={Start}, StopSel={Stop}, MinWords=15, MaxWords=40, MaxFragments=2, FragmentDelimiter=\" … \"";

    /// <summary>Whether a query says more than words: a phrase, an exclusion, or alternatives.</summary>
    public static bool HasOperators(string query) =>
        query.Contains('"')
        || query.Split(' ').Any(word => word.StartsWith('-') || word.Equals("or", StringComparison.OrdinalIgnoreCase));

    /// <summary>Escapes a marked snippet for HTML, and then makes the marks elements.</summary>
    public static string Highlight(string snippet)
    {
        var html = new StringBuilder(snippet.Length + 64);
        foreach (var value in snippet)
        {
            _ = value switch
            {
                '&' => html.Append("&amp;"),
                '<' or '\ue002' => html.Append("&lt;"),
                '>' or '\ue003' => html.Append("&gt;"),
                '"' => html.Append("&quot;"),
                '\'' => html.Append("&#39;"),
                '\ue000' => html.Append("<mark>"),
                '\ue001' => html.Append("</mark>"),
                _ => html.Append(value),
            };
        }

        return html.ToString();
    }
}
