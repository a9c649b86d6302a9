using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Makes up bundles: the same seed gives the same one.</summary>
internal sealed class BundleSamples(int seed)
{
    private static readonly string[] words =
    [
        "prompt", "Grüße", "日本語", "\"quoted\"", "emoji 👩‍👩‍👧", "{{name}}", "\\back\\slash", "tab\tand\nline",
        "עברית", "a,b",
    ];

    private readonly Random random = new(seed);
    private readonly DateTimeOffset began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<(Guid Id, int Versions)> entities = [];

    /// <summary>As an export writes them, in its order.</summary>
    public IReadOnlyList<string> Lines()
    {
        var ids = Enumerable.Range(0, 12).Select(_ => NewId())
            .OrderBy(id => $"{id}", StringComparer.Ordinal).ToList();
        var lines = new List<object> { BundleHeader.Present };
        foreach (var id in ids)
            lines.AddRange(Entity(id));
        lines.AddRange(Relationships());
        foreach (var (id, versions) in entities.Where(_ => random.Next(2) == 0))
            lines.Add(new LabelLine("label", id, "production", random.Next(versions) + 1));
        return [.. lines.Select(line => JsonSerializer.Serialize(line, line.GetType(), Json.Options))];
    }

    private IEnumerable<object> Entity(Guid id)
    {
        var type = EntityType.All[random.Next(EntityType.All.Count)];
        var times = Times(1 + random.Next(4), isEnded: false);
        var isDeleted = times.Count > 1 && random.Next(4) == 0;
        entities.Add((id, times.Count));
        return times.Select((time, index) => new EntityLine(
            "entity", id, type.Name, Text(), Content(type), random.Next(2) == 0 ? Text() : null,
            random.Next(2) == 0 ? "draft" : "active", random.Next(3) == 0 ? "private" : "organization",
            Tags: [.. Enumerable.Range(0, random.Next(3)).Select(n => $"tag-{n}")],
            Metadata: new JsonObject { ["text"] = Text(), ["number"] = random.Next() },
            Note: random.Next(2) == 0 ? Text() : null, Version: index + 1, ValidFrom: time.From, ValidTo: time.To,
            CreatedAt: times[0].From,
            DeletedAt: isDeleted && index == times.Count - 1 ? time.From : null));
    }

    private JsonObject Content(EntityType type)
    {
        var text = $"{Text()} {Text()}";
        return type.Name switch
        {
            "prompt" => new() { ["text"] = text, ["language"] = "en" },
            "workflow" => new()
            {
                ["steps"] = new JsonArray(new JsonObject
                {
                    ["name"] = "First",
                    ["entityId"] = entities.Count == 0 ? null : $"{entities[random.Next(entities.Count)].Id}",
                }),
            },
            "library" => new() { ["introduction"] = text },
            "context" => new() { ["text"] = text, ["priority"] = random.Next(101) },
            _ => new() { ["text"] = text },
        };
    }

    // From what is later in the list to what is earlier: without cycles, and each pair once.
    private IEnumerable<object> Relationships()
    {
        var types = new[] { "depends_on", "overrides", "conflicts_with", "part_of", "derived_from", "suggests" };
        var pairs = from target in Enumerable.Range(0, entities.Count)
                    from source in Enumerable.Range(target + 1, entities.Count - target - 1)
                    where random.Next(4) == 0
                    select (Id: NewId(), Source: entities[source].Id, Target: entities[target].Id,
                        Type: types[random.Next(types.Length)]);
        return pairs.ToList().OrderBy(pair => $"{pair.Id}", StringComparer.Ordinal).SelectMany(pair =>
        {
            var times = Times(1 + random.Next(3), random.Next(3) == 0);
            return times.Select((time, index) => (object)new RelationshipLine(
                "relationship", pair.Id, pair.Source, pair.Target, pair.Type, random.Next(101) / 100.0,
                random.Next(2) == 0 ? Text() : null, [], index + 1, time.From, time.To, times[0].From));
        });
    }

    private List<(DateTimeOffset From, DateTimeOffset? To)> Times(int count, bool isEnded)
    {
        var ticks = Enumerable.Range(0, count + 1).Select(_ => random.NextInt64(1, 10_000_000_000)).Distinct().Order()
            .Select(microseconds => began.AddMicroseconds(microseconds)).ToList();
        return [.. ticks.SkipLast(1).Select((from, index) => (
            from, index == ticks.Count - 2 && !isEnded ? (DateTimeOffset?)null : ticks[index + 1]))];
    }

    private string Text() => string.Join(' ', Enumerable.Range(0, 3).Select(_ => words[random.Next(words.Length)]));

    private Guid NewId()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new(bytes);
    }
}
