namespace Assay;

/// <summary>An address that a user names for the app to send requests to.</summary>
public static class OutboundUrl
{
    public const int LengthMax = 2048;

    /// <summary>What a field that does not hold one is told.</summary>
    public const string Expected = "expected an http or https URL without user name, password and fragment";

    /// <summary>
    /// Whether it reads as such an address. Where it leads is known, and checked, only when a request is sent.
    /// </summary>
    public static bool IsValid(string text) =>
        text.Length <= LengthMax
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https", UserInfo: "", Fragment: "", Host.Length: > 0 };
}
