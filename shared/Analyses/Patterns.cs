using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// What all patterns of the analysis share. Every one starts at a word or a mark and has bounded repetition, so it is
/// linear in the text, and texts are bounded; the timeout is the net below that, and what it ends is named in the
/// result (<see cref="TimedChecks"/>).
/// </summary>
internal static class Patterns
{
    public const int Timeout = 5_000;
    public const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    public const RegexOptions Lines = Options | RegexOptions.Multiline;
    public const RegexOptions ExactCase = RegexOptions.CultureInvariant;

    public static TextSpan Span(this Capture capture) => new(capture.Index, capture.Index + capture.Length);
}
