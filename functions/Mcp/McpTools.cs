using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What a model may do with prompts: find, read and compose them.</summary>
public sealed class McpTools(EntityStore entities, ContentSearch search, McpPrompts prompts)
{
    private const int HitsMax = 50;
    private const int QueryMax = 4000;

    internal static JsonObject List() => new()
    {
        ["tools"] = new JsonArray(
            Tool(
                "search_prompts", "Finds active prompts and templates by words and by meaning, the best first.",
                new JsonObject
                {
                    ["query"] = Member("string", "Words, \"phrases\", word*, or, -without."),
                    ["limit"] = Member("integer", $"How many at most, 1 to {HitsMax}; 10 by default."),
                },
                "query"),
            Tool(
                "get_prompt", "Reads a prompt or template: its text, its variables and what else is known of it.",
                new JsonObject { ["id"] = Member("string", "Its id.") }, "id"),
            Tool(
                "compose_prompt",
                "Puts a prompt together with all that it depends on, its variables filled, within a token budget.",
                new JsonObject
                {
                    ["id"] = Member("string", "Its id."),
                    ["variables"] = Member("object", "Values, by the names of variables."),
                    ["tokenBudget"] = Member("integer", "The most tokens of the text."),
                    ["label"] = Member(
                        "string", "Take the versions that this label points at, such as production, where there are."),
                },
                "id")),
    };

    /// <summary>What a tool cannot do is its result, so that a model reads why.</summary>
    internal async Task<JsonObject> CallAsync(JsonObject parameters, CancellationToken cancellation)
    {
        var arguments = McpParameters.Object(parameters, "arguments");
        Func<JsonObject, CancellationToken, Task<JsonObject>> tool = McpParameters.Text(parameters, "name") switch
        {
            "search_prompts" => SearchAsync,
            "get_prompt" => GetAsync,
            "compose_prompt" => ComposeAsync,
            _ => throw McpParameters.Invalid("name", "search_prompts, get_prompt or compose_prompt"),
        };
        try
        {
            var result = await tool(arguments, cancellation);
            return new()
            {
                ["content"] = Text(result.ToJsonString(Json.Options)),
                ["structuredContent"] = result,
            };
        }
        catch (McpException problem)
        {
            return new() { ["content"] = Text(problem.Message), ["isError"] = true };
        }
    }

    private async Task<JsonObject> SearchAsync(JsonObject arguments, CancellationToken cancellation)
    {
        var query = McpParameters.Text(arguments, "query") is { Length: > 0 and <= QueryMax } text
            ? text : throw McpParameters.Invalid("query", $"a text of 1 to {QueryMax} characters");
        if (QueryTerms.Problem(query, SearchMode.Hybrid) is { } expected)
            throw McpParameters.Invalid("query", expected["expected ".Length..]);
        var limit = McpParameters.Number(arguments, "limit", HitsMax) ?? 10;
        var found = await FindAsync(query, limit, cancellation);
        return new()
        {
            ["prompts"] = new JsonArray([.. found.Select(entity => (JsonNode)new JsonObject
            {
                ["id"] = entity.Id,
                ["type"] = entity.Type,
                ["title"] = entity.Title,
                ["description"] = entity.Description,
                ["tags"] = new JsonArray([.. entity.Tags.Select(tag => (JsonNode)tag!)]),
            })]),
        };
    }

    private async Task<IEnumerable<Entity>> FindAsync(string query, int limit, CancellationToken cancellation)
    {
        var page = await search.FindAsync(
            new(query, Filter: new(Types: ["prompt", "template"], Statuses: [EntityStatus.Active]), Limit: limit),
            [ContentKind.Entity], cancellation);
        var ids = page.Items.Select(hit => hit.Id).ToArray();
        var known = (await entities.ListHeadsAsync(ids, cancellation)).ToDictionary(entity => entity.Id);
        return ids.Where(known.ContainsKey).Select(id => known[id]);
    }

    private async Task<JsonObject> GetAsync(JsonObject arguments, CancellationToken cancellation) =>
        (JsonObject)JsonSerializer.SerializeToNode(await OfferedAsync(arguments, cancellation), Json.Options)!;

    private async Task<JsonObject> ComposeAsync(JsonObject arguments, CancellationToken cancellation)
    {
        var entity = await OfferedAsync(arguments, cancellation);
        var composition = await prompts.ComposeAsync(
            entity.Id, McpParameters.Object(arguments, "variables"),
            McpParameters.Number(arguments, "tokenBudget", 10_000_000), McpParameters.Text(arguments, "label"),
            cancellation);
        return new() { ["text"] = composition.Text, ["tokens"] = composition.Tokens };
    }

    private async Task<Entity> OfferedAsync(JsonObject arguments, CancellationToken cancellation) =>
        await entities.FindAsync(McpParameters.Id(arguments, "id"), null, cancellation) is { } entity
            && McpPrompts.IsOffered(entity)
            ? entity
            : throw McpParameters.Invalid("id", "the id of an active prompt or template");

    private static JsonNode Tool(string name, string description, JsonObject members, params string[] required) =>
        new JsonObject
        {
            ["name"] = name,
            ["description"] = description,
            ["inputSchema"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = members,
                ["required"] = new JsonArray([.. required.Select(member => (JsonNode)member!)]),
            },
            ["annotations"] = new JsonObject { ["readOnlyHint"] = true },
        };

    private static JsonObject Member(string type, string description) =>
        new() { ["type"] = type, ["description"] = description };

    private static JsonArray Text(string text) => [new JsonObject { ["type"] = "text", ["text"] = text }];
}
