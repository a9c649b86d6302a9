using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CsCheck;

namespace Assay;

/// <summary>Random lives of prompts, each held against a list of what it was.</summary>
public sealed class EntityHistoryTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private static readonly string[] words = ["answer", "briefly", "the", "question", "{{who}}", "in", "two", "lines"];

    private static readonly Gen<string> Line = Gen.OneOf(words).Array[1, 3].Select(some => string.Join(' ', some));

    private static readonly Gen<string> Text = Line.Array[1, 5].Select(lines => string.Join('\n', lines));

    private static readonly Gen<JsonArray> Variables = Line.Array[0, 2].Select(
        lines => new JsonArray([.. lines.Select((line, n) => new JsonObject
        {
            ["name"] = words[n], ["type"] = "text", ["default"] = line,
        })]));

    private static readonly Gen<JsonNode?> Number = Gen.Int[0, 6].Select(JsonNode? (n) => n switch
    {
        0 => null,
        <= 3 => JsonValue.Create(n - 1),
        _ => new JsonObject { ["number"] = n - 4, ["none"] = null },
    });

    private static readonly Gen<JsonObject> Content = Gen.Select(Line, Text, Variables, (title, text, variables) =>
        new JsonObject
        {
            ["title"] = title,
            ["content"] = new JsonObject { ["text"] = text, ["variables"] = variables },
            ["tags"] = new JsonArray("first"),
            ["metadata"] = new JsonObject { ["of"] = new JsonObject { ["number"] = 1 } },
        });

    private static readonly Gen<JsonObject> Patch = Gen.OneOf(
        Line.Select(line => new JsonObject { ["title"] = line }),
        Line.Null(0.5).Select(line => new JsonObject { ["description"] = line }),
        Gen.Int[0, 3].Select(count => new JsonObject
        {
            ["tags"] = new JsonArray([.. words.Take(count).Select(word => JsonValue.Create(word))]),
        }),
        Gen.Select(Number, Gen.Int[0, 2], Number, (one, key, other) => new JsonObject
        {
            ["metadata"] = new JsonObject { ["of"] = one, [$"k/{key}"] = other },
        }),
        Variables.Select(variables => new JsonObject { ["content"] = new JsonObject { ["variables"] = variables } }),
        Gen.OneOf("en", "de").Select(language => new JsonObject
        {
            ["content"] = new JsonObject { ["language"] = language },
        }),
        Gen.Select(Text, Line, (text, line) => new JsonObject
        {
            ["content"] = new JsonObject { ["text"] = text }, ["title"] = line,
        }));

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (1, Gen.Const<Step>(new Step.Delete())),
        (1, Gen.Double.Unit.Select(Step (which) => new Step.Restore(which))),
        (1, Gen.Const<Step>(new Step.PatchLate())),
        (5, Patch.Select(Step (values) => new Step.Patch(values))));

    private readonly AssayApp app = shared.App;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public Task Whatever_was_done_every_version_moment_and_difference_is_told_as_it_was() =>
        Gen.Select(Content, AnyStep.Array[1, 80], Gen.Select(Gen.Double.Unit, Gen.Double.Unit).Array[200])
            .SampleAsync(CheckAsync, iter: 4, threads: 1);

    private async Task CheckAsync(JsonObject content, Step[] steps, (double, double)[] pairs)
    {
        var (id, lived) = await LiveAsync(content, steps);

        var versions = (await client.GetAsync<Page<Entity>>($"/api/prompts/{id}/versions?limit=200")).Items
            .OrderBy(version => version.Version).ToList();
        Assert.Equal(Enumerable.Range(1, lived.Count), versions.Select(version => version.Version));
        Assert.All(lived.Zip(versions), pair => AssertSame(pair.First, pair.Second));
        Assert.Equal(
            versions.Skip(1).Select(version => (DateTimeOffset?)version.ValidFrom).Append(null),
            versions.Select(version => version.ValidTo));
        foreach (var version in versions)
            await AssertReadAtAsync(id, lived[version.Version - 1], version.ValidFrom);

        foreach (var (one, other) in pairs)
        {
            var (from, to) = (One(versions, one), One(versions, other));
            var patched = Patched(Values(from), EntityDiff.Of(from, to, int.MaxValue, CancellationToken.None));
            Assert.True(JsonNode.DeepEquals(Values(to), patched), $"{Values(to)}\n{patched}");
        }
    }

    // Does things to a prompt. Returns its id and what each of its versions says; null is deleted.
    private async Task<(Guid Id, List<JsonObject?> Lived)> LiveAsync(JsonObject content, Step[] steps)
    {
        var made = await client.AddAsync("prompts", content);
        var path = $"/api/prompts/{made.Id}";
        var lived = new List<JsonObject?> { Expected(content) };
        foreach (var step in steps)
        {
            if (lived[^1] is not { } present)
            {
                await Expect(client.PostAsync($"{path}/undelete", null), HttpStatusCode.OK);
                lived.Add(lived.FindLast(version => version is not null));
                continue;
            }

            switch (step)
            {
                case Step.Delete:
                    await Expect(
                        client.SendAsync(HttpMethod.Delete, path, null, lived.Count), HttpStatusCode.NoContent);
                    lived.Add(null);
                    break;
                case Step.Restore(var which):
                    if (One(lived, which) is not { } wanted || JsonNode.DeepEquals(wanted, present))
                        break;
                    await Expect(
                        client.SendAsync(
                            HttpMethod.Post, $"{path}/restore", new { version = lived.IndexOf(wanted) + 1 },
                            lived.Count),
                        HttpStatusCode.OK);
                    lived.Add(wanted);
                    break;
                case Step.PatchLate:
                    await Expect(
                        client.PatchAsync(path, new { title = "Late" }, lived.Count + 1),
                        HttpStatusCode.PreconditionFailed);
                    break;
                case Step.Patch(var patch):
                    await Expect(client.PatchAsync(path, patch, lived.Count), HttpStatusCode.OK);
                    var merged = Merged(present, patch)!.AsObject();
                    if (!JsonNode.DeepEquals(merged, present))
                        lived.Add(merged);
                    break;
            }
        }
        return (made.Id, lived);
    }

    private static T One<T>(List<T> of, double which) => of[(int)(which * of.Count)];

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

    private static JsonObject Expected(JsonObject content)
    {
        var whole = content.DeepClone().AsObject();
        whole["description"] = null;
        return whole;
    }

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

    private abstract record Step
    {
        public sealed record Delete : Step;

        /// <param name="Which">Of the versions so far; 0 is the first and 1 the last.</param>
        public sealed record Restore(double Which) : Step;

        /// <summary>Of a version that there is not yet.</summary>
        public sealed record PatchLate : Step;

        public sealed record Patch(JsonObject Values) : Step;
    }
}
