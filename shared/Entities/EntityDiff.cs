using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What changed from one version of an entity to another.</summary>
/// <param name="Changes">One for each value that differs, in the order of their paths.</param>
public sealed record EntityDiff(Guid Id, int From, int To, IReadOnlyList<ValueChange> Changes)
{
    private static readonly string[] compared =
        ["title", "description", "status", "visibility", "content", "tags", "metadata"];

    /// <param name="context">How many lines around those that differ are shown, too.</param>
    public static EntityDiff Of(Entity from, Entity to, int context, CancellationToken cancellation)
    {
        var (before, after) = (Values(from), Values(to));
        var (changes, budget) = (new List<ValueChange>(), new DiffBudget(cancellation));
        foreach (var name in compared)
            Compare($"/{name}", before[name], after[name], context, budget, changes);
        return new(to.Id, from.Version, to.Version, changes);
    }

    private static JsonObject Values(Entity entity) => new()
    {
        ["title"] = entity.Title,
        ["description"] = entity.Description,
        ["status"] = entity.Status,
        ["visibility"] = entity.Visibility,
        ["content"] = entity.Content.DeepClone(),
        ["tags"] = new JsonArray([.. entity.Tags.Select(tag => JsonValue.Create(tag))]),
        ["metadata"] = entity.Metadata.DeepClone(),
    };

    private static void Compare(
        string path, JsonNode? before, JsonNode? after, int context, DiffBudget budget, List<ValueChange> changes)
    {
        if (JsonNode.DeepEquals(before, after))
            return;
        switch (before, after)
        {
            case (JsonObject old, JsonObject present):
                foreach (var name in old.Select(member => member.Key).Union(present.Select(member => member.Key)))
                    Compare($"{path}/{Escape(name)}", old[name], present[name], context, budget, changes);
                break;
            case (JsonArray old, JsonArray present):
                for (var index = 0; index < Math.Max(old.Count, present.Count); index++)
                    Compare(
                        $"{path}/{index}", index < old.Count ? old[index] : null,
                        index < present.Count ? present[index] : null, context, budget, changes);
                break;
            default:
                changes.Add(IsText(before) && IsText(after) && budget.TryTakeLines((string)before!, (string)after!)
                    ? new(path, null, null, TextDiff.Of((string)before!, (string)after!, context, budget))
                    : new(path, before?.DeepClone(), after?.DeepClone(), null));
                break;
        }
    }

    private static bool IsText(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String;

    // As JSON Pointer (RFC 6901) says.
    private static string Escape(string name) => name.Replace("~", "~0").Replace("/", "~1");
}

/// <summary>A value that differs.</summary>
/// <param name="Path">Where, as a JSON Pointer: <c>/content/text</c>.</param>
/// <param name="Before">Null when there was none, and where there are lines.</param>
/// <param name="After">Null when there is none any more, and where there are lines.</param>
/// <param name="Lines">
/// For texts, the lines that differ and those around them; null for other values, and for texts of tens of thousands of
/// lines.
/// </param>
public sealed record ValueChange(string Path, JsonNode? Before, JsonNode? After, IReadOnlyList<DiffLine>? Lines);

/// <summary>A line of a text before, after, or both.</summary>
/// <param name="OldNumber">From 1; null for one that was added.</param>
/// <param name="NewNumber">From 1; null for one that was removed.</param>
/// <param name="Words">For one that changed, what it consists of, unless it is very long.</param>
public sealed record DiffLine(
    DiffKind Kind, int? OldNumber, int? NewNumber, string? Old, string? New, IReadOnlyList<DiffWord>? Words);

/// <summary>A stretch of a line.</summary>
public sealed record DiffWord(DiffKind Kind, string Text);

public enum DiffKind
{
    Same,
    Removed,
    Added,
    Changed,
}
