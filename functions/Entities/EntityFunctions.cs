using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Prompts, templates, contexts, workflows and libraries, by the door of their type or that of all.</summary>
public sealed class EntityFunctions(EntityStore entities, EntityDeletion deletion, FrameworkStore frameworks)
{
    /// <summary>Newest first, also as they were at a moment.</summary>
    [Function(nameof(ListEntities))]
    [Operation(Permissions.EntitiesRead, Query = typeof(EntityListQuery), Answer = typeof(Page<Entity>))]
    public async Task<IResult> ListEntities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any)] HttpRequest request,
        string door,
        CancellationToken cancellation)
    {
        if (Query.Read<EntityListQuery>(request, out var query) is { } problem)
            return problem;
        var type = EntityType.OfDoor(door);
        if (type is not null && query.Type is { } asked && asked != type.Name)
            return Problems.Invalid("type", $"expected {type.Name} here, or to be absent");

        var page = query.Page();
        var rows = await entities.ListAsync(query.ToFilter(type), page.AfterId, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, entity => entity.Id);
    }

    [Function(nameof(GetEntity))]
    [Operation(Permissions.EntitiesRead, Query = typeof(EntityReadQuery), Answer = typeof(Entity))]
    public async Task<IResult> GetEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}")] HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<EntityReadQuery>(request, out var query) is { } problem)
            return problem;

        var type = EntityType.OfDoor(door);
        var entity = query switch
        {
            { AsOf: { } moment } => await entities.FindAtAsync(id, type, moment, cancellation),
            { Label: { } label } => await entities.FindLabeledAsync(id, type, label, cancellation),
            _ => await entities.FindAsync(id, type, cancellation),
        };
        return entity is { DeletedAt: null }
            ? Conditional.Ok(request, entity.Version, entity)
            : Doors.NotFound(door, id);
    }

    [Function(nameof(CreateEntity))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(EntityBody), Answer = typeof(Entity), Status = 201)]
    public async Task<IResult> CreateEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Doors.Any)] HttpRequest request,
        string door,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<EntityBody>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (EntityChange.TypeProblem(EntityType.OfDoor(door), wanted.Type) is { } problem)
            return problem;
        var type = EntityType.OfDoor(door) ?? EntityType.Find(wanted.Type!)!;
        if (EntityContent.Check(type, wanted.Content) is { } broken)
            return broken;
        if (await FrameworkNames.CheckAsync(
            frameworks, "content.framework", FrameworkNames.Of(type, wanted.Content), null, cancellation)
            is { } unknown)
            return unknown;

        try
        {
            var entity = await entities.CreateAsync(type, wanted.ToDraft(), cancellation);
            return Created.At(request, $"{door.ToLowerInvariant()}/{entity.Id}", entity, entity.Version);
        }
        catch (EntityNotOwnedException exception)
        {
            return Problems.Invalid("visibility", $"not private here. {exception.Message}");
        }
    }

    /// <summary>Makes the next version; a patch that says nothing new makes none.</summary>
    [Function(nameof(ChangeEntity))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(EntityBody), Answer = typeof(Entity))]
    public async Task<IResult> ChangeEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Doors.Any + "/{id:guid}")] HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null } known)
            return Doors.NotFound(door, id);
        return await entities.MayChangeAsync(known, cancellation)
            ? await EntityChange.ApplyAsync(entities, frameworks, request, known, cancellation)
            : Problems.NotToBeChanged();
    }

    /// <summary>
    /// It can be brought back until it is purged, after as many days as a setting says. What others depend on is only
    /// deleted together with them, by <c>cascade</c>.
    /// </summary>
    [Function(nameof(DeleteEntity))]
    [Operation(Permissions.EntitiesWrite, Query = typeof(DeletionQuery), IfMatch = true, Status = 204)]
    public async Task<IResult> DeleteEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Doors.Any + "/{id:guid}")] HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<DeletionQuery>(request, out var query) is { } problem)
            return problem;
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null } known)
            return Doors.NotFound(door, id);
        if (OwnershipProblem(known) is { } forbidden)
            return forbidden;
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;

        return await deletion.DeleteAsync(known, query.Cascade ?? false, cancellation) switch
        {
            DeletionOutcome.Done => Results.NoContent(),
            DeletionOutcome.Used used => Problems.Conflict(InUse(used)),
            _ => Problems.Stale(),
        };
    }

    /// <summary>Brings back what was deleted.</summary>
    [Function(nameof(UndeleteEntity))]
    [Operation(Permissions.EntitiesWrite, Answer = typeof(Entity))]
    public async Task<IResult> UndeleteEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Doors.Any + "/{id:guid}/undelete")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { } known)
            return Doors.NotFound(door, id);
        if (OwnershipProblem(known) is { } forbidden)
            return forbidden;
        if (known.DeletedAt is null)
            return Problems.Conflict("It is not deleted.");

        return await entities.TryUndeleteAsync(known, cancellation) is { } entity
            ? Conditional.Ok(request, entity.Version, entity)
            : Problems.Conflict("It was changed at this very moment by somebody else.");
    }

    private Problem? OwnershipProblem(Entity known) =>
        known.Visibility == EntityVisibility.Private && !entities.IsOwned(known)
            ? Problems.Forbidden("Only its owner deletes what is private, or brings it back.")
            : null;

    private static string InUse(DeletionOutcome.Used used)
    {
        var names = used.By.Select(dependent => $"the {dependent.Type} {dependent.Id} ({dependent.Title})");
        return $"These depend on it: {string.Join(", ", names)}. With cascade=true they are deleted as well.";
    }
}
