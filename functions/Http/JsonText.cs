using System.Text.Json;

namespace Assay;

/// <summary>
/// JSON is parsed without its text being decoded. A name or a string that is no Unicode, by broken UTF-8 or by half of
/// a surrogate pair, is found only when it is read.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// The path of the first member that holds such text, or of the object around such a name: <c>body</c> for the
    /// outermost. Null when all of it is Unicode.
    /// </summary>
    public static string? FindNotUnicode(JsonElement json, string path = "")
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString() is null ? path : null,
                JsonValueKind.Array => json.EnumerateArray()
                    .Select((item, index) => FindNotUnicode(item, $"{path}[{index}]"))
                    .FirstOrDefault(found => found is not null),
                JsonValueKind.Object => json.EnumerateObject()
                    .Select(member => FindNotUnicode(
                        member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}"))
                    .FirstOrDefault(found => found is not null),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return path.Length == 0 ? "body" : path;
        }
    }
}
