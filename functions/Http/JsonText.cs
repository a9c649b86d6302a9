using System.Text.Json;

namespace Assay;

/// <summary>
/// JSON is parsed without its text being decoded. A name or a string that is no Unicode, by broken UTF-8 or by half of
/// a surrogate pair, is found only when it is read.
/// </summary>
internal static class JsonText
{
    public static bool IsUnicode(JsonElement json)
    {
        try
        {
            Read(json);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void Read(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                json.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                    Read(item);
                break;
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    _ = member.Name;
                    Read(member.Value);
                }
                break;
        }
    }
}
