using System.Globalization;
using System.Text.Json;

namespace Assay;

/// <summary>Where JSON is not within <see cref="JsonLimits"/>.</summary>
/// <param name="Path">Such as <c>items[3].metadata</c>; <c>body</c> for the outermost value.</param>
/// <param name="Expected">What was expected there, with the limit.</param>
/// <param name="IsText">Whether it is about the characters of a text, and not about size.</param>
public sealed record JsonFault(string Path, string Expected, bool IsText);

/// <summary>
/// What JSON from outside may be, so that neither this process nor a <c>jsonb</c> column has trouble with it. It is
/// checked on the bytes, before anything is built from them: memory does not depend on what they hold.
/// </summary>
public static class JsonLimits
{
    /// <summary>Objects and arrays within each other; answers wrap what was sent in more.</summary>
    public const int DepthMax = 32;

    /// <summary>Members of one object, or items of one array.</summary>
    public const int MembersMax = 10_000;

    /// <summary>Bytes of a member's name.</summary>
    public const int NameBytesMax = 4_000;

    /// <summary>Values in all.</summary>
    public const int ValuesMax = 100_000;

    /// <summary>The first fault; null when there is none.</summary>
    /// <exception cref="JsonException">The bytes up to the first fault are not JSON.</exception>
    public static JsonFault? FindFault(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var place = new JsonPlace(json, stackalloc JsonPlace.Level[DepthMax]);
        var values = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    place.Leave();
                    continue;
                case JsonTokenType.PropertyName:
                    // The name cannot be told when it is not text: the object that has it is named.
                    if (JsonTextCheck.Expected(reader) is { } name)
                        return new(place.Container(), name, IsText: true);
                    if (reader.ValueSpan.Length > NameBytesMax)
                        return new(
                            place.Container(), $"expected names of at most {Number(NameBytesMax)} bytes",
                            IsText: false);
                    place.EnterMember(reader.TokenStartIndex, reader.ValueSpan.Length);
                    break;
                default:
                    place.EnterItem();
                    if (++values > ValuesMax)
                        return new("body", $"expected at most {Number(ValuesMax)} values", IsText: false);
                    break;
            }
            if (place.Count > MembersMax)
                return new(place.Container(), $"expected at most {Number(MembersMax)} {place.Kind}", IsText: false);
            if (FaultOf(reader, ref place) is { } fault)
                return fault;
        }
        return null;
    }

    private static JsonFault? FaultOf(in Utf8JsonReader reader, ref JsonPlace place) => reader.TokenType switch
    {
        JsonTokenType.String when JsonTextCheck.Expected(reader) is { } expected =>
            new(place.Path(), expected, IsText: true),
        JsonTokenType.Number when !JsonNumberCheck.IsInRange(reader.ValueSpan) =>
            new(place.Path(), JsonNumberCheck.Expected, IsText: false),
        JsonTokenType.StartObject or JsonTokenType.StartArray
            when !place.TryOpen(reader.TokenType is JsonTokenType.StartArray) =>
            new(place.Path(), $"expected at most {DepthMax} objects and arrays within each other", IsText: false),
        _ => null,
    };

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
