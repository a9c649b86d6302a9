using System.Globalization;

namespace Assay;

/// <summary>
/// Numbers that every reader of ours can hold: nearly the range of a double, and more digits than it has, so that long
/// ids stay as they are. Postgres ends a statement with an error where it cannot hold a number.
/// </summary>
internal static class JsonNumberCheck
{
    private const int DigitsMax = 38;
    private const int MagnitudeMax = 307;

    /// <summary>A number in the range needs no more characters, as Postgres writes it.</summary>
    private const int LengthMax = 700;

    public const string Expected = "expected a number of at most 38 digits, 0 or from 1e-307 to 1e308 in size";

    public static bool IsInRange(ReadOnlySpan<byte> number)
    {
        if (number.Length > LengthMax)
            return false;
        var end = number.IndexOfAny((byte)'e', (byte)'E');
        var exponent = 0;
        if (end >= 0 && !int.TryParse(
            number[(end + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return false;

        var (digits, point, first, last) = (0, -1, -1, -1);
        foreach (var character in end < 0 ? number : number[..end])
        {
            if (character == '.')
                point = digits;
            if (character is < (byte)'0' or > (byte)'9')
                continue;
            if (character != '0')
                (first, last) = (first < 0 ? digits : first, digits);
            digits++;
        }
        // Zero keeps the decimal places that its exponent gives it.
        var magnitude = first < 0 ? exponent : (long)exponent + (point < 0 ? digits : point) - first - 1;
        return last - first < DigitsMax && magnitude is >= -MagnitudeMax and <= MagnitudeMax;
    }
}
