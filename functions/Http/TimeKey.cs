using System.Globalization;

namespace Assay;

/// <summary>The key of lists that are ordered by a time and an id.</summary>
public static class TimeKey
{
    public static string[] Of(DateTimeOffset at, Guid id) =>
        [at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), $"{id}"];

    /// <summary>Null when the parts are no such key.</summary>
    public static (DateTimeOffset At, Guid Id)? Read(string[]? key) =>
        key is [var at, var id]
        && DateTimeOffset.TryParseExact(
            at, "O", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
        && Guid.TryParse(id, out var guid)
            ? (time, guid)
            : null;
}
