using System.Globalization;

namespace Assay;

/// <summary>
/// One spelling for a password, however a keyboard makes its characters: the profile OpaqueString of RFC 8265, which
/// composes (NFC) and makes every space that of ASCII, and leaves case and width alone.
/// </summary>
public static class PasswordText
{
    public static string Of(string password) => ComposedText.Of(string.Create(
        password.Length, password, static (spelled, typed) =>
        {
            for (var i = 0; i < typed.Length; i++)
                spelled[i] = char.GetUnicodeCategory(typed[i]) == UnicodeCategory.SpaceSeparator ? ' ' : typed[i];
        }));
}
