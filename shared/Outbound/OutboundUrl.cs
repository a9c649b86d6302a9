namespace Assay;

/// <summary>An address that a user names for the app to send requests to.</summary>
public static class OutboundUrl
{
    public const int LengthMax = 2048;

    /// <summary>What a field that does not hold one is told.</summary>
    public const string Expected =
        "expected an http or https URL of visible ASCII characters, without user name, password and fragment";

    /// <summary>
    /// Whether it reads as such an address. Where it leads is known, and checked, only when a request is sent. Beyond
    /// ASCII there are several ways to read one: hosts go in punycode, the rest percent-encoded (RFC 3986).
    /// </summary>
    public static bool IsValid(string text) =>
        text.Length <= LengthMax
        && IsAscii(text)
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https", UserInfo: "", Fragment: "", Host.Length: > 0 };

    /// <summary>Whether it holds nothing that a header, a log or another parser may take for something else.</summary>
    public static bool IsAscii(string text) =>
        !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.Contains('\\');
}
