using System.Net.Mail;

namespace Assay;

public static class EmailAddress
{
    public const int LengthMax = 254;

    /// <summary>What a field that does not hold one is told.</summary>
    public const string Expected = "expected an e-mail address";

    /// <summary>An address alone, without a name beside it, spaces or control characters.</summary>
    public static bool IsValid(string text) =>
        text.Length <= LengthMax
        && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '<' or '>' or ',' or ';' or '"')
        && MailAddress.TryCreate(text, out var address)
        && address.Address == text;
}
