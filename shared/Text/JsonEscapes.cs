using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// JSON of others may spell by escapes what is no text: halves of surrogate pairs, which .NET refuses to read, and
/// U+0000, which PostgreSQL refuses to keep.
/// </summary>
internal static partial class JsonEscapes
{
    /// <summary>The JSON with U+FFFD for each of them.</summary>
    public static string Replaced(string json) =>
        Escape().Replace(json, escape => escape.Length == LengthOfOne ? @"\ufffd" : escape.Value);

    private const int LengthOfOne = 6;

    // A whole pair; half of one, or zero; and any other escape, so that what follows a backslash is not taken for one.
    [GeneratedRegex(
        @"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000|.)",
        RegexOptions.Singleline)]
    private static partial Regex Escape();
}
