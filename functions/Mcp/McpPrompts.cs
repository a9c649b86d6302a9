using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// Active prompts and templates as prompts of the protocol. A name is the title in plain letters with the id behind it;
/// the id alone is as good.
/// </summary>
public sealed class McpPrompts(EntityStore entities, CompositionSources sources, Settings settings, LargeTurn turn)
{
    private const int PageSize = 100;
    private const int TitleMax = 60;
    private const int ArgumentsMax = 1000;
    private const int IdLength = 36;

    internal static bool IsOffered(Entity entity) =>
        entity is { DeletedAt: null, Status: EntityStatus.Active, Type: "prompt" or "template" };

    internal async Task<JsonObject> ListAsync(JsonObject parameters, CancellationToken cancellation)
    {
        Guid? after = McpParameters.Text(parameters, "cursor") is null ? null : McpParameters.Id(parameters, "cursor");
        var fetched = await entities.ListAsync(new(Status: EntityStatus.Active), after, PageSize + 1, cancellation);
        var isWhole = fetched is not Portion<Entity> && fetched.Count <= PageSize;
        IReadOnlyList<Entity> page = isWhole ? fetched : [.. fetched.SkipLast(1)];
        var answer = new JsonObject { ["prompts"] = new JsonArray([.. page.Where(IsOffered).Select(Prompt)]) };
        if (!isWhole)
            answer["nextCursor"] = page[^1].Id;
        return answer;
    }

    internal async Task<JsonObject> GetAsync(JsonObject parameters, CancellationToken cancellation)
    {
        var name = McpParameters.Text(parameters, "name") ?? "";
        if (!Guid.TryParse(name.Length > IdLength ? name[^IdLength..] : name, out var id)
            || await entities.FindAsync(id, null, cancellation) is not { } entity || !IsOffered(entity))
            throw McpParameters.Invalid("name", "the name of a prompt");

        var composition = await ComposeAsync(
            id, McpParameters.Object(parameters, "arguments"), null, null, cancellation);
        return new()
        {
            ["description"] = entity.Description ?? entity.Title,
            ["messages"] = new JsonArray(new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonObject { ["type"] = "text", ["text"] = composition.Text },
            }),
        };
    }

    /// <summary>Arguments of the protocol are texts: of other variables they are the JSON of values.</summary>
    /// <exception cref="McpException">It is not there, or variables or label are not as expected.</exception>
    internal async Task<Composition> ComposeAsync(
        Guid id, JsonObject values, int? budget, string? label, CancellationToken cancellation)
    {
        var bytesMax = await settings.GetAsync(KnownSettings.CompositionBytes, cancellation);
        var (parts, edges, tooMuch) = await sources.ReadAsync(id, null, label, bytesMax, cancellation);
        if (parts.Count == 0)
            throw McpParameters.Invalid("id", "the id of a prompt or template");
        if (tooMuch is not null)
            throw McpParameters.Invalid("id", $"a smaller prompt or template. {tooMuch}");
        if (label is not null && parts.All(part => part.Id != id || part.Label is null))
            throw McpParameters.Invalid("label", "a label that it has");
        var typed = parts.SelectMany(part => part.Variables).Where(variable => variable.Type != VariableType.Text)
            .Select(variable => variable.Name).ToHashSet();
        var given = values.Where(value => value.Value is not null)
            .ToDictionary(value => value.Key, value => Value(value.Value!, typed.Contains(value.Key)));
        if (Composer.SizeAtMost(parts, given) >= LargeTurn.SizeMin)
            await turn.TakeAsync(cancellation);
        var (composition, problem) = Composer.Compose(
            id, parts, edges, given, new(budget, bytesMax), TokenEncoding.O200k, cancellation);
        return composition ?? throw new McpException(
            McpException.InvalidParameters,
            string.Join("; ", problem!.Errors.Select(error => $"{error.Key}: {error.Value}")));
    }

    private static JsonNode Value(JsonNode value, bool isTyped)
    {
        if (!isTyped || value.GetValueKind() != JsonValueKind.String)
            return value;
        try
        {
            return JsonNode.Parse((string)value!) ?? value;
        }
        catch (JsonException)
        {
            return value;
        }
    }

    private static JsonNode Prompt(Entity entity) => new JsonObject
    {
        ["name"] = $"{Plain(entity.Title)}-{entity.Id}",
        ["title"] = entity.Title,
        ["description"] = entity.Description ?? entity.Title,
        ["arguments"] = new JsonArray([.. Arguments(entity.Content)]),
    };

    private static IEnumerable<JsonNode> Arguments(JsonObject content)
    {
        var declared = content["variables"].Deserialize<Variable[]>(EntityJson.Options) ?? [];
        var names = declared.Select(variable => variable.Name)
            .Concat(Composer.PlacesOf((string?)content["text"] ?? "")).Distinct().Take(ArgumentsMax);
        foreach (var name in names)
        {
            var variable = declared.FirstOrDefault(one => one.Name == name);
            var argument = new JsonObject { ["name"] = name };
            if (variable?.Description is { } description)
                argument["description"] = description;
            argument["required"] = variable is null || (variable.Required && variable.Default is null);
            yield return argument;
        }
    }

    private static string Plain(string title)
    {
        var plain = new StringBuilder();
        foreach (var letter in title.ToLowerInvariant().Take(TitleMax))
            if (char.IsAsciiLetterOrDigit(letter))
                plain.Append(letter);
            else if (plain.Length > 0 && plain[^1] != '-')
                plain.Append('-');
        return plain.ToString().Trim('-') is { Length: > 0 } name ? name : "prompt";
    }
}
