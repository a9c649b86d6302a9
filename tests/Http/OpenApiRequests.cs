using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// Makes requests of the API's description that are wrong in some way: in a value, a member, the JSON, the bytes, a
/// parameter or a header. The same seed makes the same requests.
/// </summary>
internal sealed class OpenApiRequests(JsonNode document, int seed)
{
    private static readonly string[] junk =
    [
        "", " ", "\0", "a\0b", "null", "-1", "0", "1e999", "99999999999999999999", "NaN", "true", "[]", "{}",
        "'; drop table", "../..", "%", "ü€😀", "\u202e", "2026-13-45",
        "00000000-0000-0000-0000-000000000000", "W10", "WyJ4Il0", "WzFd",
        "WyJhIiwiYiIsImMiXQ", "eyJhIjoxfQ", "=cmd", "<script>",
    ];

    private readonly Random random = new(seed);
    private readonly (string Path, string Method, JsonNode Operation)[] operations =
        [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Where(operation => !EndsTheTest(path.Key, operation.Key, operation.Value!))
            .Select(operation => (path.Key, operation.Key.ToUpperInvariant(), operation.Value!)))];

    /// <summary>An address with every place filled by something of the right kind that is not there.</summary>
    public static string Fill(string path, string template)
    {
        var filled = path;
        foreach (var part in template.Split('/').Where(part => part.StartsWith('{')))
        {
            var name = part.Trim('{', '}').Split(':', '?')[0];
            filled = filled.Replace(
                $"{{{name}}}", part.Contains(":guid") ? $"{Guid.NewGuid()}" : part.Contains(":int") ? "1" : "none");
        }
        return filled;
    }

    // Where there is nothing to get wrong, the request would do what it says: sign out, leave, roll up.
    private static bool EndsTheTest(string path, string method, JsonNode operation) =>
        !path.Contains('{') && (method == "delete" || (method == "post" && operation["requestBody"] is null));

    /// <summary>A request, and whether it is for a person and not for a program.</summary>
    public (HttpRequestMessage Request, bool NeedsPerson) Next()
    {
        var (path, method, operation) = operations[random.Next(operations.Length)];
        var request = new HttpRequestMessage(new HttpMethod(method), $"/api{PathOf(path)}{QueryOf(operation)}");
        if (operation["requestBody"]?["content"] is JsonObject content)
            request.Content = ContentOf(content);
        else if (random.Next(10) == 0)
            request.Content = new ByteArrayContent("{\"a\":1}"u8.ToArray());
        AddHeaders(request, operation);
        return (request, (string?)operation["x-permission"] == Permissions.SignedIn);
    }

    private string PathOf(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{\w+\}", _ =>
        random.Next(8) == 0 ? Uri.EscapeDataString(Junk().Replace("\0", "")).Replace("..", "x") : $"{NewId()}");

    private string QueryOf(JsonNode operation)
    {
        var known = (operation["parameters"]?.AsArray() ?? [])
            .Where(parameter => (string?)parameter!["in"] == "query")
            .Select(parameter => (string)parameter!["name"]!).ToList();
        var query = new List<string>();
        foreach (var name in known.Where(_ => random.Next(3) == 0))
            query.Add($"{name}={Uri.EscapeDataString(Junk())}");
        if (random.Next(8) == 0 || (operation["requestBody"] is null && known.Count == 0 && random.Next(2) == 0))
            query.Add($"{Uri.EscapeDataString(Junk())}=1");
        if (query.Count > 0 && random.Next(6) == 0)
            query.Add(query[0]);
        return query.Count == 0 ? "" : $"?{string.Join('&', query)}";
    }

    private HttpContent ContentOf(JsonObject content)
    {
        var type = content.Select(kind => kind.Key).FirstOrDefault(kind => kind.Contains("json"));
        if (type is null)
            return Typed("--x\r\nContent-Disposition: form-data; name=\"nothing\"\r\n\r\n1\r\n--x--"u8.ToArray(),
                random.Next(2) == 0 ? "multipart/form-data; boundary=x" : "multipart/form-data");

        var value = SampleOf(content[type]!["schema"]!, 0);
        var bytes = random.Next(6) == 0 ? BreakJson(value) : Encoding.UTF8.GetBytes(Mutate(value));
        return Typed(
            bytes,
            random.Next(12) == 0
                ? Pick("text/plain", "application/xml", "application/json; charset=x", "nonsense")
                : type);
    }

    private static ByteArrayContent Typed(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    // The text of the value with one thing in it replaced by what does not belong there.
    private string Mutate(JsonNode? value)
    {
        if (value is not JsonObject members)
            return WrongJson();
        var names = members.Select(member => member.Key).ToList();
        var name = names.Count > 0 ? names[random.Next(names.Count)] : "a";
        members[name] = "REPLACED";
        var text = members.ToJsonString();
        return random.Next(4) switch
        {
            0 => $"{{\"unknown{random.Next(9)}\":{WrongJson()},{text[1..]}",
            1 => text.Replace($"\"{name}\":\"REPLACED\"", $"\"x\":1"),
            _ => text.Replace("\"REPLACED\"", WrongJson()),
        };
    }

    private string WrongJson() => random.Next(14) switch
    {
        0 => "null",
        1 => "1e400",
        2 => "-99999999999999999999999",
        3 => "[[[[1]]]]",
        4 => new string('[', 200) + new string(']', 200),
        5 => $"\"{new string('a', random.Next(1, 60_000))}\"",
        6 => "\"\\u0000\"",
        7 => "\"\\ud800\"",
        8 => "{\"\\ud800\":1}",
        9 => "{\"\\u0000\":\"a\"}",
        10 => "{\"a\":{\"b\":[null,true,1.5]}}",
        11 => "[null]",
        12 => "true",
        _ => $"\"{JsonEncodedText(Junk())}\"",
    };

    private byte[] BreakJson(JsonNode? value)
    {
        var bytes = Encoding.UTF8.GetBytes(value?.ToJsonString() ?? "{}");
        switch (random.Next(6))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(128, 256);
                return bytes;
            case 2:
                bytes[random.Next(bytes.Length)] = 0;
                return bytes;
            case 3:
                return [0xEF, 0xBB, 0xBF, .. bytes];
            case 4:
                return [];
            default:
                return [.. bytes, .. bytes];
        }
    }

    private void AddHeaders(HttpRequestMessage request, JsonNode operation)
    {
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            if ((string?)parameter!["$ref"] is not { } reference)
                continue;
            var name = reference.Split('/')[^1];
            if (name == "If-Match" ? random.Next(4) > 0 : random.Next(12) == 0)
                request.Headers.TryAddWithoutValidation(name, HeaderJunk());
        }
        foreach (var name in (string[])["traceparent", "Accept", "Range", "X-Forwarded-For", "Last-Event-ID"])
            if (random.Next(25) == 0)
                request.Headers.TryAddWithoutValidation(name, HeaderJunk());
    }

    private string HeaderJunk() => Pick(
        "*", "\"1\"", "W/\"x\"", "1", ",,,", "\"", "00-zz-zz-zz", new string('x', 3000), "a b c", "{}", "-1", "%00");

    private JsonNode? SampleOf(JsonNode schema, int depth)
    {
        if ((string?)schema["$ref"] is { } reference)
            return SampleOf(reference.Split('/').Skip(1).Aggregate(document, (node, name) => node[name]!), depth);
        if (schema["examples"] is JsonArray { Count: > 0 } examples && random.Next(2) == 0)
            return examples[0]!.DeepClone();
        if (schema["properties"] is not JsonObject properties || depth > 4)
            return random.Next(2) == 0 ? "text" : 1;
        return new JsonObject(properties.Where(_ => random.Next(3) > 0)
            .Select(property => KeyValuePair.Create(property.Key, SampleOf(property.Value!, depth + 1))));
    }

    private static string JsonEncodedText(string text) => System.Text.Json.JsonEncodedText.Encode(text).ToString();

    private string Junk() =>
        random.Next(30) == 0 ? new string('x', random.Next(1, 3000)) : junk[random.Next(junk.Length)];

    private string Pick(params string[] values) => values[random.Next(values.Length)];

    private Guid NewId()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}
