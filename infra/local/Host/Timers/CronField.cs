using System.Globalization;
using System.Numerics;

namespace Assay.Local;

/// <summary>The fields of an expression, in its order.</summary>
internal enum CronUnit
{
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

/// <summary>
/// The values that one field allows: numbers, names of months and weekdays (in full or from three letters on), ranges,
/// lists, and steps.
/// </summary>
internal readonly struct CronField
{
    private static readonly (int Min, int Max)[] limits = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

    private readonly ulong bits;

    private CronField(ulong bits, bool isRange) => (this.bits, IsRange) = (bits, isRange);

    /// <summary>Written with a star, a range or a step.</summary>
    public bool IsRange { get; }

    public static CronField Parse(string text, CronUnit unit, string expression)
    {
        var bits = 0ul;
        foreach (var item in text.Split(','))
            bits |= ParseItem(item, unit, expression);
        return new CronField(bits, text.AsSpan().ContainsAny("*-/"));
    }

    public bool Contains(int value) => (bits >> value & 1) == 1;

    /// <summary>The first allowed value that is not below another; null if there is none.</summary>
    public int? Next(int from)
    {
        var rest = from > 63 ? 0 : bits >> from << from;
        return rest == 0 ? null : BitOperations.TrailingZeroCount(rest);
    }

    private static ulong ParseItem(string item, CronUnit unit, string expression)
    {
        var (min, max) = limits[(int)unit];
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var values = slash < 0 ? item : item[..slash];
        var step = slash < 0 ? 1 : ParseStep(item[(slash + 1)..], item, expression);
        var dash = values.IndexOf('-', StringComparison.Ordinal);

        (int First, int Last) range = values switch
        {
            "*" => (min, max),
            _ when dash > 0 => (
                ParseValue(values[..dash], unit, expression), ParseValue(values[(dash + 1)..], unit, expression)),
            // As in NCRONTAB, a step from a single value runs to the end of the field.
            _ when slash > 0 => (ParseValue(values, unit, expression), max),
            _ => (ParseValue(values, unit, expression), ParseValue(values, unit, expression)),
        };
        // NCRONTAB takes the ends of a range in either order.
        if (range.First > range.Last)
            range = (range.Last, range.First);

        var bits = 0ul;
        for (var value = range.First; value <= range.Last; value += step)
            bits |= 1ul << value;
        return bits;
    }

    private static int ParseStep(string text, string item, string expression) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step > 0
            ? step
            : throw new FunctionLoadException(
                $"The schedule '{expression}' is not valid: '{item}' has no step above 0.");

    private static int ParseValue(string text, CronUnit unit, string expression)
    {
        var (min, max) = limits[(int)unit];
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max)
            return number;

        var names = unit switch
        {
            CronUnit.Month => CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12],
            CronUnit.Weekday => CultureInfo.InvariantCulture.DateTimeFormat.DayNames,
            _ => [],
        };
        var index = text.Length < 3
            ? -1
            : Array.FindIndex(names, name => name.StartsWith(text, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? index + min
            : throw new FunctionLoadException(
                $"The schedule '{expression}' is not valid: '{text}' is not a {unit.ToString().ToLowerInvariant()} "
                + $"from {min} to {max}.");
    }
}
