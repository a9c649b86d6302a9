using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Assay;

/// <summary>Text that Postgres can store.</summary>
internal static class JsonTextCheck
{
    /// <summary>What was expected instead of a string or a name; null when nothing is wrong with it.</summary>
    public static string? Expected(in Utf8JsonReader reader)
    {
        var text = reader.ValueSpan;
        if (!Utf8.IsValid(text))
            return "expected Unicode text";
        return reader.ValueIsEscaped ? ExpectedOfEscaped(text) : null;
    }

    private static string? ExpectedOfEscaped(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf((byte)'\\') is >= 0 and var at)
        {
            text = text[at..];
            if (text[1] != 'u')
            {
                text = text[2..];
                continue;
            }
            var unit = Unit(text);
            if (unit == '\0')
                return "expected text without the character U+0000";
            if (char.IsLowSurrogate(unit)
                || char.IsHighSurrogate(unit)
                    && !(text.Length >= 12 && text[6] == '\\' && text[7] == 'u'
                        && char.IsLowSurrogate(Unit(text[6..]))))
                return "expected Unicode text";
            text = text[(char.IsHighSurrogate(unit) ? 12 : 6)..];
        }
        return null;
    }

    // The reader has seen that four hexadecimal digits are there.
    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
