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

    /// <summary>Such as "prompt", for problems.</summary>
    public static string NameOf(EntityType? type) => type?.Name ?? "entity";
}
