using System.Globalization;

namespace Microsoft.Azure.Functions.Worker;

internal static class RetryInterval
{
    public static TimeSpan Parse(string text, string argument)
    {
        if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval))
            throw new ArgumentOutOfRangeException(argument);
        if (interval < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(argument, "The TimeSpan must not be negative.");

        return interval;
    }
}
