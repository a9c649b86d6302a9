using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>Changes an entity by a merge patch, as whoever may.</summary>
internal static class EntityChange
{
    public static async Task<IResult> ApplyAsync(
        EntityStore entities, FrameworkStore frameworks, HttpRequest request, Entity known,
        CancellationToken cancellation)
    {
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(request, EntityBody.Of(known), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;
        var type = EntityType.Find(known.Type)!;
        if ((TypeProblem(type, wanted.Type) ?? EntityContent.Check(type, wanted.Content)) is { } problem)
            return problem;
        if (await FrameworkNames.CheckAsync(
            frameworks, "content.framework", FrameworkNames.Of(type, wanted.Content),
            FrameworkNames.Of(type, known.Content), cancellation) is { } unknown)
            return unknown;

        try
        {
            return await entities.TryChangeAsync(known, wanted.ToDraft(), cancellation) is { } changed
                ? Conditional.Ok(request, changed.Version, changed)
                : Problems.Stale();
        }
        catch (EntityNotOwnedException exception)
        {
            return Problems.Invalid("visibility", $"expected {known.Visibility}. {exception.Message}");
        }
    }

    /// <param name="type">That the path says; null where it says none.</param>
    /// <param name="said">That the body says.</param>
    public static Problem? TypeProblem(EntityType? type, string? said) =>
        type is null
            ? said is null ? Problems.Invalid("type", $"required: one of {string.Join(", ", EntityType.Names)}") : null
            : said is null || said == type.Name ? null : Problems.Invalid("type", $"expected {type.Name} here");
}
