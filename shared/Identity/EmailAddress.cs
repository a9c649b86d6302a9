using System.Globalization;
using System.Net.Mail;
using System.Text;

namespace Assay;

/// <summary>
/// E-mail addresses in one spelling each, so that a mailbox is one account: composed (NFC), with the domain in ASCII
/// and lower case. What only looks like another address is none: full-width and other compatibility characters,
/// characters that do not show, and letters of scripts that look alike in one word.
/// </summary>
public static class EmailAddress
{
    public const int LengthMax = 254;

    /// <summary>What a field that does not hold one is told.</summary>
    public const string Expected = "expected an e-mail address, each part of it in letters of one script";

    // Punycode alone, since there is no ICU: what IDNA maps and refuses beside that is done here.
    private static readonly IdnMapping punycode = new() { UseStd3AsciiRules = true };

    public static bool IsValid(string text) => Normalize(text) is not null;

    /// <summary>The address as it is stored and looked up; null when the text is no address alone.</summary>
    public static string? Normalize(string text)
    {
        if (text.Length > LengthMax || text.Any(IsNeverInOne))
            return null;
        var composed = ComposedText.Of(text);
        var at = composed.LastIndexOf('@');
        if (at <= 0 || !IsWord(composed[..at]) || AsciiOf(composed[(at + 1)..].ToLowerInvariant()) is not { } domain)
            return null;
        var address = $"{Folded(composed[..at])}@{domain}";
        return address.Length <= LengthMax && MailAddress.TryCreate(address, out var parsed)
            && parsed.Address == address
            ? address
            : null;
    }

    /// <summary>The same, or the text as it is: it is checked later, or belongs to an account of before.</summary>
    public static string NormalizedOrSame(string text) => Normalize(text) ?? text;

    /// <summary>
    /// How accounts of before may have kept a normalized address: with its domain as people read it. Null where that is
    /// the same.
    /// </summary>
    internal static string? FormerlyOf(string address)
    {
        var at = address.LastIndexOf('@');
        if (!address.AsSpan(at + 1).Contains("xn--", StringComparison.Ordinal) || Normalize(address) != address)
            return null;
        return $"{address[..at]}@{punycode.GetUnicode(address[(at + 1)..])}";
    }

    private static bool IsNeverInOne(char c) =>
        char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';' or '"' or '(' or ')' or '\\';

    // The database folds the case of ASCII alone for certain.
    private static string Folded(string local) => Ascii.IsValid(local) ? local : local.ToLowerInvariant();

    private static string? AsciiOf(string domain)
    {
        // Of a literal such as [192.0.2.1] there is nothing to map.
        if (domain is ['[', .., ']'])
            return Ascii.IsValid(domain) ? domain : null;
        // Punycode takes some other characters for dots.
        if (!domain.Split('.').All(IsWord))
            return null;
        try
        {
            var ascii = punycode.GetAscii(domain);
            // What was in punycode already is held to the same.
            var shown = punycode.GetUnicode(ascii);
            return shown.Split('.').All(label => label.Length > 0 && IsWord(label))
                && ComposedText.Of(shown) == shown && shown.ToLowerInvariant() == shown
                && punycode.GetAscii(shown) == ascii
                ? ascii
                : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsWord(string word)
    {
        var beforeIsAscii = true;
        foreach (var rune in word.EnumerateRunes())
        {
            if (!rune.IsAscii && !IsLetter(rune, beforeIsAscii))
                return false;
            beforeIsAscii = rune.IsAscii;
        }
        return MixedScripts.IsOfOne(word);
    }

    // A mark that is not composed with a letter of ASCII only makes it look like another.
    private static bool IsLetter(Rune rune, bool beforeIsAscii) =>
        !ShownText.IsIgnorable(rune) && !UnicodeTables.Compatibility.Contains(rune.Value)
        && Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => !beforeIsAscii,
            UnicodeCategory.DecimalDigitNumber => true,
            _ => Rune.IsLetter(rune),
        };
}
