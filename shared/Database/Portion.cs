using System.Collections.ObjectModel;

namespace Assay;

/// <summary>
/// Rows of a page that had no room for all of them: the last is one too many, and tells that there is more.
/// </summary>
public sealed class Portion<T>(IReadOnlyList<T> rows) : ReadOnlyCollection<T>([.. rows]);

/// <summary>Pages whose rows may be large: they end where there is no room for more.</summary>
internal static class Portion
{
    /// <summary>Bytes of JSON that the rows of a page may have together; the first has room in any case.</summary>
    public const int BytesMax = 4 * 1024 * 1024;

    /// <summary>
    /// Rows as far as there is room for them. One that does not fit comes without its large columns, and is the last.
    /// It takes the parameter <c>@room</c>.
    /// </summary>
    /// <param name="columns">Of the rows, in the order that they are wanted in.</param>
    /// <param name="large">Those of them that are large, as JSON.</param>
    /// <param name="rows">A statement with these columns.</param>
    /// <param name="order">Of the rows, such as <c>id desc</c>.</param>
    public static string Sql(IReadOnlyList<string> columns, string[] large, string rows, string order)
    {
        var selected = columns.Select(column => large.Contains(column)
            ? $"case when others = 0 or others + own <= @room then {column} end as {column}" : column);
        var own = large.Select(column => $"coalesce(octet_length({column}::text), 0)");
        return $"""
            select {string.Join(", ", selected)}
            from (
                select *, coalesce(
                    sum(own) over (order by {order} rows between unbounded preceding and 1 preceding), 0) as others
                from (select *, {string.Join(" + ", own)} as own from ({rows}) found) measured) page
            where others <= @room
            order by {order}
            """;
    }

    /// <param name="rows">As <see cref="Sql"/> gives them.</param>
    /// <param name="isLast">Whether a row lacks what is large.</param>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> rows, Func<T, bool> isLast) =>
        rows.Count > 1 && isLast(rows[^1]) ? new Portion<T>(rows) : rows;
}
