using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What entities were like before.</summary>
public sealed class EntityVersionFunctions(EntityStore entities)
{
    /// <summary>Newest first, the present one among them.</summary>
    [Function(nameof(ListEntityVersions))]
    [Operation(Permissions.EntitiesRead, Query = typeof(EntityVersionListQuery), Answer = typeof(Page<Entity>))]
    public async Task<IResult> ListEntityVersions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/versions")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<EntityVersionListQuery>(request, out var query) is { } problem)
            return problem;
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is null)
            return Doors.NotFound(door, id);

        var page = query.Page();
        var rows = await entities.ListVersionsAsync(id, query.Before, page.Fetch, cancellation);
        return Paging.Answer(
            request, page, rows, entity => [entity.Version.ToString(CultureInfo.InvariantCulture)]);
    }

    [Function(nameof(GetEntityVersion))]
    [Operation(Permissions.EntitiesRead, Answer = typeof(Entity))]
    public async Task<IResult> GetEntityVersion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/versions/{version:int}")]
        HttpRequest request,
        string door,
        Guid id,
        int version,
        CancellationToken cancellation) =>
        await entities.FindVersionAsync(id, EntityType.OfDoor(door), version, cancellation) is { } entity
            ? Conditional.Ok(request, entity.Version, entity)
            : Problems.NotFound("version", version);

    /// <summary>What changed from one version to another: texts by lines and words, all else by its place.</summary>
    [Function(nameof(CompareEntityVersions))]
    [Operation(Permissions.EntitiesRead, Query = typeof(EntityDiffQuery), Answer = typeof(EntityDiff))]
    public async Task<IResult> CompareEntityVersions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/diff")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<EntityDiffQuery>(request, out var query) is { } problem)
            return problem;
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { } present)
            return Doors.NotFound(door, id);

        var to = query.To ?? present.Version;
        var from = query.From ?? Math.Max(1, to - 1);
        if (await entities.FindVersionAsync(id, null, from, cancellation) is not { } before)
            return Problems.Invalid("from", $"expected one of the versions 1 to {present.Version}");
        if (await entities.FindVersionAsync(id, null, to, cancellation) is not { } after)
            return Problems.Invalid("to", $"expected one of the versions 1 to {present.Version}");
        return Conditional.Ok(
            request, $"{from}-{to}-{query.Context}", EntityDiff.Of(before, after, query.Context, cancellation));
    }

    /// <summary>Makes an older version's content that of the next one. Nothing of the history goes.</summary>
    [Function(nameof(RestoreEntity))]
    [Operation(
        Permissions.EntitiesWrite, Body = typeof(EntityRestoration), Answer = typeof(Entity), IfMatch = true)]
    public async Task<IResult> RestoreEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Doors.Any + "/{id:guid}/restore")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null } known)
            return Doors.NotFound(door, id);
        if (!await entities.MayChangeAsync(known, cancellation))
            return Problems.NotToBeChanged();
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var body = await JsonBody.ReadAsync<EntityRestoration>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await entities.FindVersionAsync(id, null, wanted.Version, cancellation) is not { } old)
            return Problems.Invalid("version", $"expected one of the versions 1 to {known.Version}");
        // The schema may have changed since.
        if (EntityContent.Check(EntityType.Find(known.Type)!, old.Content) is { } broken)
            return broken;

        return await entities.TryChangeAsync(known, Draft(old, known.Visibility, wanted.Note), cancellation)
            is { } changed ? Conditional.Ok(request, changed.Version, changed) : Problems.Stale();
    }

    // Who may see it is no content: what was made private since stays so.
    private static EntityDraft Draft(Entity old, string visibility, string? note) => new(
        old.Title, old.Description, old.Status, visibility, old.Content, old.Tags, old.Metadata,
        note ?? $"Restored from version {old.Version}");
}
