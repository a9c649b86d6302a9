using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>A column of a table that is answered as CSV: its name, as in JSON, and its value in a row.</summary>
public sealed record Column<T>(string Name, Func<T, object?> Value);

/// <summary>Lists that people put into spreadsheets as well: JSON, or CSV (RFC 4180) when asked for.</summary>
public static class Table
{
    private const string CsvType = "text/csv";

    /// <summary>
    /// What <paramref name="format"/> says, else what the <c>Accept</c> header does. JSON when neither does.
    /// </summary>
    private static bool WantsCsv(HttpRequest request, string? format) => format is null
        ? request.GetTypedHeaders().Accept
            .OrderByDescending(type => type.Quality ?? 1)
            .Select(type => type.MediaType.Value)
            .FirstOrDefault(type => type is CsvType or "application/json" or "*/*") == CsvType
        : format == "csv";

    /// <summary>As <see cref="Paging"/> has it, in the format that the query asks for.</summary>
    public static async Task<IResult> ListAsync<TQuery, T>(
        HttpRequest request, Func<TQuery, PageRequest, Task<IReadOnlyList<T>>> fetch, Func<T, string[]> key,
        IReadOnlyList<Column<T>> columns)
        where TQuery : MartQuery
    {
        if (Query.Read<TQuery>(request, out var query) is { } problem)
            return problem;
        var page = query.Page();
        return Answer(request, query.Format, page, await fetch(query, page), key, columns);
    }

    /// <summary>Shapes a page either way; the next one is in the <c>Link</c> header.</summary>
    public static IResult Answer<T>(
        HttpRequest request, string? format, PageRequest page, IReadOnlyList<T> fetched, Func<T, string[]> key,
        IReadOnlyList<Column<T>> columns)
    {
        request.HttpContext.Response.Headers.Vary = "Accept";
        if (!WantsCsv(request, format))
            return Paging.Answer(request, page, fetched, key);

        var text = new StringBuilder();
        AppendRow(text, columns, column => column.Name);
        foreach (var row in Paging.Cut(request, page, fetched, key).Items)
            AppendRow(text, columns, column => column.Value(row));
        return Results.Text(text.ToString(), CsvType, Encoding.UTF8);
    }

    private static void AppendRow<T>(
        StringBuilder text, IReadOnlyList<Column<T>> columns, Func<Column<T>, object?> value)
    {
        for (var index = 0; index < columns.Count; index++)
        {
            if (index > 0)
                text.Append(',');
            var field = value(columns[index]);
            text.Append(Quote(field is string words ? Guard(words) : Format(field)));
        }
        text.Append("\r\n");
    }

    private static string Format(object? value) => value switch
    {
        null => "",
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTimeOffset time =>
            time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // A spreadsheet takes text that begins like this for a formula, and would run it.
    private static string Guard(string text) =>
        text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..] ? $"'{text}" : text;

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"")}\"";
}
