namespace Assay;

/// <summary>
/// The paths that lead to entities: one for each type, and one for all. They share their functions, whose routes begin
/// with <see cref="Any"/> and which are given the door by their parameter <c>door</c>.
/// </summary>
public static class Doors
{
    public const string All = "entities";

    public const string Any = "{door:regex(^(entities|prompts|templates|contexts|workflows|libraries)$)}";

    public static IEnumerable<string> Names => EntityType.All.Select(type => type.Door).Prepend(All);

    /// <summary>404, in the words of the door.</summary>
    public static Problem NotFound(string door, Guid id) =>
        Problems.NotFound(EntityType.OfDoor(door)?.Name ?? "entity", id);

    /// <summary>Whether entities of a type are behind a door.</summary>
    public static bool Leads(string door, string type) => (EntityType.OfDoor(door)?.Name ?? type) == type;
}
