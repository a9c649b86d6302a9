using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// The form of a provider's keys: a regular expression that an administrator wrote. It is matched without backtracking,
/// in time that is linear, and within a tenth of a second.
/// </summary>
internal static class KeyPattern
{
    public const string Expected =
        "expected a regular expression without look-arounds, backreferences and atomic groups";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    public static bool IsValid(string pattern)
    {
        try
        {
            New(pattern);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Whether all of a key is of this form. One that cannot be decided in time is not.</summary>
    public static bool Matches(string pattern, string key)
    {
        try
        {
            return New(pattern).IsMatch(key);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static Regex New(string pattern) =>
        new($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience);
}
