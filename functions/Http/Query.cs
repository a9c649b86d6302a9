using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// Reads query parameters and gathers what is wrong with them. After the last read, <see cref="Problem"/> is null or
/// a 422 that names every parameter at fault.
/// </summary>
public sealed class Query(HttpRequest request)
{
    private readonly Dictionary<string, string[]> errors = [];

    public Problem? Problem => errors.Count > 0 ? Problems.Invalid(errors) : null;

    /// <summary>Null when absent or empty.</summary>
    public string? Text(string name, int lengthMax = 1000) =>
        Read(name, $"at most {lengthMax} characters, none of them U+0000", (string text, out string value) =>
        {
            value = text;
            return text.Length <= lengthMax && !text.Contains('\0');
        });

    public int? Int(string name, int min, int max) =>
        ReadValue(name, $"a whole number from {min} to {max}", (string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= min && value <= max);

    public double? Number(string name, double min, double max) =>
        ReadValue(name, FormattableString.Invariant($"a number from {min} to {max}"), (string text, out double value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && value >= min && value <= max);

    public Guid? Id(string name) =>
        ReadValue(name, "a UUID", (string text, out Guid value) => Guid.TryParse(text, out value));

    /// <summary>A time without an offset is taken as UTC.</summary>
    public DateTimeOffset? Time(string name) =>
        ReadValue(name, "an RFC 3339 time such as 2026-01-31T12:00:00Z", (string text, out DateTimeOffset value) =>
            DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out value));

    public DateOnly? Date(string name) =>
        ReadValue(name, "a date such as 2026-01-31", (string text, out DateOnly value) =>
            DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out value));

    public string? OneOf(string name, params string[] values) =>
        Read(name, $"one of {string.Join(", ", values)}", (string text, out string value) =>
        {
            value = text;
            return values.Contains(text);
        });

    /// <summary>
    /// <c>limit</c> from 1 to 200, 50 when absent, and <c>after</c>, the cursor of a list that is ordered by an id
    /// alone.
    /// </summary>
    public PageRequest Page() => Page(1, key => Guid.TryParse(key[0], out _));

    /// <summary>
    /// The same for a list whose key has this many parts, of which <paramref name="valid"/> approves.
    /// </summary>
    public PageRequest Page(int keys, Func<string[], bool> valid)
    {
        var limit = Int("limit", 1, 200) ?? 50;
        var after = Read("after", "a cursor that an earlier page gave as next", (string text, out string[] value) =>
        {
            value = Cursor.Decode(text) ?? [];
            return value.Length == keys && valid(value);
        });
        return new PageRequest(limit, after);
    }

    /// <summary>Adds an error found by a rule that no single read covers.</summary>
    public void Reject(string name, string expected) => errors[name] = [$"expected {expected}"];

    private delegate bool TryParse<T>(string text, out T value);

    private T? Read<T>(string name, string expected, TryParse<T> parse)
        where T : class
    {
        if (request.Query[name].ToString() is not { Length: > 0 } text)
            return null;
        if (parse(text, out var value))
            return value;
        Reject(name, expected);
        return null;
    }

    private T? ReadValue<T>(string name, string expected, TryParse<T> parse)
        where T : struct
    {
        if (request.Query[name].ToString() is not { Length: > 0 } text)
            return null;
        if (parse(text, out var value))
            return value;
        Reject(name, expected);
        return null;
    }
}
