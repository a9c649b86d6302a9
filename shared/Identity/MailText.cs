using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Names that people chose, in mail to somebody who may know none of them.</summary>
internal static partial class MailText
{
    private const int NameLengthMax = 60;

    /// <summary>
    /// A name on one line and of no great length; another where it holds what mail programs would make a link of.
    /// </summary>
    public static string NameOr(string name, string other) =>
        ShownText.NameOf(name, NameLengthMax) is { } shown && !LinkLike().IsMatch(name)
            ? shown.Replace('"', '\'')
            : other;

    // A scheme, a host by its dots, a path, an address of mail; also by signs that are read as these.
    [GeneratedRegex(@"http|www|mailto|[/\\@：／＠]|:\S|\w[.。．｡․]\w", RegexOptions.IgnoreCase)]
    private static partial Regex LinkLike();
}
