using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Assay;

/// <summary>A JSON web token in compact form, taken apart. Nothing it says is true before its signature is.</summary>
/// <param name="Signed">What the signature is of.</param>
internal sealed record Jwt(JsonElement Header, JsonElement Claims, byte[] Signed, byte[] Signature)
{
    public const int LengthMax = 16 * 1024;

    private static readonly SearchValues<char> Characters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Null when the text is no such token, or asks for extensions that nobody here knows.</summary>
    public static Jwt? TryParse(string token)
    {
        // The decoder takes padding and white space as well, which no token has.
        if (token.Length > LengthMax || token.AsSpan().ContainsAnyExcept(Characters)
            || token.Split('.') is not [var header, var claims, var signature])
            return null;
        try
        {
            var jwt = new Jwt(
                Object(header), Object(claims), Encoding.ASCII.GetBytes($"{header}.{claims}"),
                Base64Url.DecodeFromChars(signature));
            return jwt.Header.TryGetProperty("crit", out _) ? null : jwt;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    public static string Compact(string header, string claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>A member that is a string; null when it is missing or something else.</summary>
    public static string? Text(JsonElement members, string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>A member that is a UUID; null when it is missing or something else.</summary>
    public static Guid? Id(JsonElement members, string name) =>
        Guid.TryParseExact(Text(members, name), "D", out var id) ? id : null;

    /// <summary>A member that is a time in seconds since 1970; null when it is missing or something else.</summary>
    public static DateTimeOffset? Time(JsonElement members, string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 1e11
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static JsonElement Object(string part)
    {
        // Bytes that are no text are as good as a character that is none: the signature is of the bytes.
        var json = JsonEscapes.Replaced(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part)));
        using var document = JsonDocument.Parse(json, Strict);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.Clone()
            : throw new JsonException("Expected an object.");
    }
}
