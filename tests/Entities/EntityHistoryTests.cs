using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Random lives of prompts, each held against a list of what it was.</summary>
public sealed class EntityHistoryTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private const int Steps = 40;

    private static readonly string[] words = ["answer", "briefly", "the", "question", "{{who}}", "in", "two", "lines"];

    private readonly AssayApp app = shared.App;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_was_done_every_version_moment_and_difference_is_told_as_it_was(int seed)
    {
        var random = new Random(seed);
        var (id, lived) = await LiveAsync(random);

        var versions = (await client.GetAsync<Page<Entity>>($"/api/prompts/{id}/versions?limit=200")).Items
            .OrderBy(version => version.Version).ToList();
        Assert.Equal(Enumerable.Range(1, lived.Count), versions.Select(version => version.Version));
        Assert.All(lived.Zip(versions), pair => AssertSame(pair.First, pair.Second));
        Assert.Equal(
            versions.Skip(1).Select(version => (DateTimeOffset?)version.ValidFrom).Append(null),
            versions.Select(version => version.ValidTo));
        foreach (var version in versions)
            await AssertReadAtAsync(id, lived[version.Version - 1], version.ValidFrom);

        for (var n = 0; n < 200; n++)
        {
            var (from, to) = (versions[random.Next(versions.Count)], versions[random.Next(versions.Count)]);
            var patched = Patched(Values(from), EntityDiff.Of(from, to, int.MaxValue, CancellationToken.None));
            Assert.True(JsonNode.DeepEquals(Values(to), patched), $"{Values(to)}\n{patched}");
        }
    }

    // Does random things to a prompt. Returns its id and what each of its versions says; null is deleted.
    private async Task<(Guid Id, List<JsonObject?> Lived)> LiveAsync(Random random)
    {
        var now = Content(random);
        var made = await client.AddAsync("prompts", now);
        var path = $"/api/prompts/{made.Id}";
        var lived = new List<JsonObject?> { Expected(now) };
        while (lived.Count < Steps)
        {
            if (lived[^1] is not { } present)
            {
                await Expect(client.PostAsync($"{path}/undelete", null), HttpStatusCode.OK);
                lived.Add(lived.FindLast(version => version is not null));
                continue;
            }

            switch (random.Next(8))
            {
                case 0:
                    await Expect(
                        client.SendAsync(HttpMethod.Delete, path, null, lived.Count), HttpStatusCode.NoContent);
                    lived.Add(null);
                    break;
                case 1 when lived.Count > 1:
                    var old = random.Next(lived.Count);
                    if (lived[old] is not { } wanted || JsonNode.DeepEquals(wanted, present))
                        break;
                    await Expect(
                        client.SendAsync(HttpMethod.Post, $"{path}/restore", new { version = old + 1 }, lived.Count),
                        HttpStatusCode.OK);
                    lived.Add(wanted);
                    break;
                case 2:
                    await Expect(
                        client.PatchAsync(path, new { title = "Late" }, lived.Count + 1),
                        HttpStatusCode.PreconditionFailed);
                    break;
                default:
                    var patch = Patch(random);
                    await Expect(client.PatchAsync(path, patch, lived.Count), HttpStatusCode.OK);
                    var merged = Merged(present, patch)!.AsObject();
                    if (!JsonNode.DeepEquals(merged, present))
                        lived.Add(merged);
                    break;
            }
        }
        return (made.Id, lived);
    }

    private async Task AssertReadAtAsync(Guid id, JsonObject? lived, DateTimeOffset moment)
    {
        var at = Uri.EscapeDataString(moment.ToString("O", CultureInfo.InvariantCulture));
        var answer = await client.GetAsync($"/api/prompts/{id}?asOf={at}");
        if (lived is null)
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        else
            AssertSame(lived, await answer.ReadAsync<Entity>(HttpStatusCode.OK));
    }

    private static void AssertSame(JsonObject? lived, Entity version)
    {
        Assert.Equal(lived is null, version.DeletedAt is not null);
        if (lived is not null)
            Assert.True(JsonNode.DeepEquals(lived, Values(version)), $"{lived}\n{Values(version)}");
    }

    private static JsonObject Values(Entity version) => new()
    {
        ["title"] = version.Title,
        ["description"] = version.Description,
        ["content"] = version.Content.DeepClone(),
        ["tags"] = new JsonArray([.. version.Tags.Select(tag => JsonValue.Create(tag))]),
        ["metadata"] = version.Metadata.DeepClone(),
    };

    private static JsonObject Content(Random random) => new()
    {
        ["title"] = Line(random),
        ["content"] = new JsonObject { ["text"] = Text(random), ["variables"] = Variables(random) },
        ["tags"] = new JsonArray("first"),
        ["metadata"] = new JsonObject { ["of"] = new JsonObject { ["number"] = 1 } },
    };

    private static JsonObject Expected(JsonObject content)
    {
        var whole = content.DeepClone().AsObject();
        whole["description"] = null;
        return whole;
    }

    private static JsonObject Patch(Random random) => random.Next(7) switch
    {
        0 => new() { ["title"] = Line(random) },
        1 => new() { ["description"] = random.Next(2) == 0 ? null : Line(random) },
        2 => new() { ["tags"] = new JsonArray([.. words.Take(random.Next(4)).Select(word => JsonValue.Create(word))]) },
        3 => new()
        {
            ["metadata"] = new JsonObject { ["of"] = Number(random), [$"k/{random.Next(3)}"] = Number(random) },
        },
        4 => new() { ["content"] = new JsonObject { ["variables"] = Variables(random) } },
        5 => new() { ["content"] = new JsonObject { ["language"] = random.Next(2) == 0 ? "en" : "de" } },
        _ => new() { ["content"] = new JsonObject { ["text"] = Text(random) }, ["title"] = Line(random) },
    };

    private static JsonNode? Number(Random random) => random.Next(3) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(3)),
        _ => new JsonObject { ["number"] = random.Next(3), ["none"] = null },
    };

    private static JsonArray Variables(Random random) =>
    [
        .. words.Take(random.Next(3)).Select(word => new JsonObject
        {
            ["name"] = word, ["type"] = "text", ["default"] = Line(random),
        }),
    ];

    private static string Line(Random random) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, 4)).Select(_ => words[random.Next(words.Length)]));

    private static string Text(Random random) =>
        string.Join('\n', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Line(random)));

    // As RFC 7396 says.
    private static JsonNode? Merged(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members)
            return patch?.DeepClone();
        var merged = target is JsonObject known ? known.DeepClone().AsObject() : [];
        foreach (var (name, value) in members)
        {
            if (value is null && name != "description")
                merged.Remove(name);
            else
                merged[name] = Merged(merged[name], value);
        }
        return merged;
    }

    // What a difference says, done to the version that it is from.
    private static JsonObject Patched(JsonObject values, EntityDiff difference)
    {
        // Lists grow and shrink at their ends.
        static bool Removes(ValueChange change) => change.Lines is null && change.After is null;
        foreach (var change in difference.Changes.Where(change => !Removes(change))
            .Concat(difference.Changes.Where(Removes).Reverse()))
        {
            var names = change.Path.Split('/').Skip(1)
                .Select(name => name.Replace("~1", "/").Replace("~0", "~")).ToArray();
            var parent = names.SkipLast(1).Aggregate((JsonNode)values, (node, name) =>
                node is JsonArray list ? list[int.Parse(name, CultureInfo.InvariantCulture)]! : node[name]!);
            var after = change.Lines is { } lines
                ? JsonValue.Create(string.Join('\n',
                    lines.Where(line => line.Kind != DiffKind.Removed).Select(line => line.New)))
                : change.After?.DeepClone();
            Put(parent, names[^1], after);
        }
        return values;
    }

    private static void Put(JsonNode parent, string name, JsonNode? value)
    {
        if (parent is not JsonArray list)
        {
            if (value is null && name != "description")
                parent.AsObject().Remove(name);
            else
                parent[name] = value;
            return;
        }

        var index = int.Parse(name, CultureInfo.InvariantCulture);
        if (value is null)
            list.RemoveAt(index);
        else if (index < list.Count)
            list[index] = value;
        else
            list.Insert(list.Count, value);
    }

    private static async Task Expect(Task<HttpResponseMessage> sent, HttpStatusCode status)
    {
        var answer = await sent;
        Assert.True(answer.StatusCode == status, await answer.Content.ReadAsStringAsync());
    }
}
