using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>A line that was read: what it holds, or what was expected instead.</summary>
/// <param name="Kind">Null when it is of none.</param>
/// <param name="Id">Of the entity or relationship; lines of the same one belong together.</param>
/// <param name="Json">As the functions of the database take it.</param>
internal sealed record BundleLine(
    string? Kind, Guid? Id, DateTimeOffset? CreatedAt, JsonObject? Json, IReadOnlyList<ImportError> Errors)
{
    private static readonly JsonSerializerOptions columns = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    // Clocks differ.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private static readonly JsonDocumentOptions strict = new() { AllowDuplicateProperties = false };

    public bool BelongsTo(BundleLine? other) => Id is not null && Kind == other?.Kind && Id == other?.Id;

    /// <summary>What is left of a thing whose versions are more than there is room for.</summary>
    public BundleLine TooLong(int number, string expected) => this with
    {
        Json = null,
        Errors = [new(number, "line", expected)],
    };

    /// <summary>Holds a line against what the API takes of its kind.</summary>
    /// <param name="now">Versions began before.</param>
    public static BundleLine Read(byte[]? text, int number, DateTimeOffset now)
    {
        if (text is null)
            return Broken(number, "line", $"expected at most {LineReader.BytesMax:N0} bytes");
        try
        {
            if (JsonLimits.FindFault(text) is { } fault)
                return Broken(number, fault.Path == "body" ? "line" : fault.Path, fault.Expected);
            using var document = JsonDocument.Parse(text, strict);
            var root = document.RootElement;
            var kind = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("kind", out var named)
                && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
            return kind switch
            {
                BundleKind.Entity => Entity(root, number, now),
                BundleKind.Relationship => Make<RelationshipLine>(
                    root, number, now, line => (line.Id, line.CreatedAt, line.ValidFrom),
                    line => line with { Metadata = line.Metadata ?? [] }),
                BundleKind.Label => Make<LabelLine>(root, number, now, _ => (null, null, null), line => line),
                _ => Broken(number, "kind", $"expected one of {string.Join(", ", BundleKind.All)}"),
            };
        }
        catch (JsonException)
        {
            return Broken(number, "line", "expected a JSON object in Unicode, without any member twice");
        }
    }

    private static BundleLine Entity(JsonElement root, int number, DateTimeOffset now)
    {
        var line = Make<EntityLine>(
            root, number, now, line => (line.Id, line.CreatedAt, line.ValidFrom),
            line => line with { Tags = line.Tags ?? [], Metadata = line.Metadata ?? [] });
        if (line.Json is null)
            return line;
        var type = EntityType.Find((string)line.Json["type"]!)!;
        var schema = (int)line.Json["content_schema"]!;
        if (schema > type.Schema)
            return line with { Errors = [new(number, "contentSchema", $"expected at most {type.Schema}")] };
        // An older schema asked for something else.
        return schema == type.Schema && EntityContent.Check(type, (JsonObject)line.Json["content"]!) is { } problem
            ? line with { Errors = ErrorsOf(problem, number) }
            : line;
    }

    private static BundleLine Make<T>(
        JsonElement root, int number, DateTimeOffset now,
        Func<T, (Guid? Id, DateTimeOffset? CreatedAt, DateTimeOffset? ValidFrom)> key, Func<T, T> whole)
        where T : class
    {
        var made = JsonBody.Make<T>(root);
        var kind = root.GetProperty("kind").GetString();
        if (made.Value is null)
        {
            var id = root.TryGetProperty("id", out var named) && named.ValueKind == JsonValueKind.String
                && named.TryGetGuid(out var known) ? known : (Guid?)null;
            return new(kind, id, null, null, ErrorsOf(made.Problem!, number));
        }
        var (own, createdAt, validFrom) = key(made.Value);
        if (validFrom > now + Ahead)
            return new(kind, own, null, null, [new(number, "validFrom", "expected a time that has passed")]);
        return new(kind, own, createdAt, (JsonObject)JsonSerializer.SerializeToNode(whole(made.Value), columns)!, []);
    }

    private static BundleLine Broken(int number, string field, string expected) =>
        new(null, null, null, null, [new(number, field, expected)]);

    private static IReadOnlyList<ImportError> ErrorsOf(Problem problem, int number) =>
        problem.Errors is { Count: > 0 } errors
            ? [.. errors.Select(error => new ImportError(number, Cut(error.Key), error.Value[0]))]
            : [new(number, "line", problem.Detail)];

    // The name of an unknown member may be as long as a line.
    private static string Cut(string field) => field.Length > 200 ? $"{field[..200]}…" : field;
}
