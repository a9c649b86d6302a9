using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>How entities relate.</summary>
public sealed class RelationshipFunctions(EntityStore entities, RelationshipStore relationships, EntityGraphs graphs)
{
    /// <summary>Newest first.</summary>
    [Function(nameof(ListRelationships))]
    [Operation(
        Permissions.EntitiesRead, Query = typeof(RelationshipListQuery), Answer = typeof(Page<Relationship>))]
    public async Task<IResult> ListRelationships(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "relationships")] HttpRequest request,
        CancellationToken cancellation) =>
        await ListAsync(request, null, cancellation);

    /// <summary>Those at either end of which the entity is, newest first.</summary>
    [Function(nameof(ListEntityRelationships))]
    [Operation(
        Permissions.EntitiesRead, Query = typeof(RelationshipListQuery), Answer = typeof(Page<Relationship>))]
    public async Task<IResult> ListEntityRelationships(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/relationships")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation) =>
        await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is null
            ? Doors.NotFound(door, id)
            : await ListAsync(request, id, cancellation);

    /// <summary>The entity and what can be reached from it, each once, at most 10,000.</summary>
    [Function(nameof(GetEntityGraph))]
    [Operation(Permissions.EntitiesRead, Query = typeof(GraphQuery), Answer = typeof(EntityGraph))]
    public async Task<IResult> GetEntityGraph(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/graph")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<GraphQuery>(request, out var query) is { } problem)
            return problem;

        var graph = await graphs.FindAsync(
            id, query.Depth, query.Types?.Split(','), query.Direction, query.AsOf, cancellation);
        return graph is not null && Doors.Leads(door, graph.Nodes[0].Type)
            ? Conditional.Ok(request, graph)
            : Doors.NotFound(door, id);
    }

    [Function(nameof(GetRelationship))]
    [Operation(Permissions.EntitiesRead, Answer = typeof(Relationship))]
    public async Task<IResult> GetRelationship(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "relationships/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await relationships.FindAsync(id, cancellation) is { } relationship
            ? Conditional.Ok(request, relationship.Version, relationship)
            : Problems.NotFound("relationship", id);

    /// <summary>
    /// Relates two entities, the source being one that the caller may change; for overrides and part_of so is the
    /// target. What depends on something, or is part of it, cannot in turn be depended on by it, nor hold it: 409.
    /// </summary>
    [Function(nameof(CreateRelationship))]
    [Operation(
        Permissions.EntitiesWrite, Body = typeof(RelationshipBody), Answer = typeof(Relationship), Status = 201)]
    public async Task<IResult> CreateRelationship(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "relationships")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<RelationshipBody>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        return await relationships.CreateAsync(wanted.ToNew(), cancellation) switch
        {
            RelationshipOutcome.Made(var made) =>
                Created.At(request, $"relationships/{made.Id}", made, made.Version),
            RelationshipOutcome.EndMissing(var id) => Problems.Invalid(
                id == wanted.SourceId ? "sourceId" : "targetId", $"expected an entity; there is no {id}"),
            RelationshipOutcome.NotAllowed => Problems.NotToBeRelated(),
            RelationshipOutcome.Cycle => Problems.Conflict(
                $"It would close a cycle: the target has a way to the source by {wanted.Type} already."),
            _ => Problems.Conflict("There is one of this type between the two already."),
        };
    }

    [Function(nameof(ChangeRelationship))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(RelationshipChanges), Answer = typeof(Relationship))]
    public async Task<IResult> ChangeRelationship(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "relationships/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await relationships.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("relationship", id);
        if (!await relationships.MayChangeAsync(known, cancellation))
            return Problems.NotToBeRelated();
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(
            request, new RelationshipChanges(known.Strength, known.Description, known.Metadata), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;

        var next = new NewRelationship(
            known.SourceId, known.TargetId, known.Type, wanted.Strength, wanted.Description, wanted.Metadata ?? []);
        return await relationships.TryChangeAsync(known, next, cancellation) is { } changed
            ? Conditional.Ok(request, changed.Version, changed)
            : Problems.Stale();
    }

    [Function(nameof(DeleteRelationship))]
    [Operation(Permissions.EntitiesWrite, IfMatch = true, Status = 204)]
    public async Task<IResult> DeleteRelationship(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "relationships/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await relationships.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("relationship", id);
        if (!await relationships.MayChangeAsync(known, cancellation))
            return Problems.NotToBeRelated();
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;

        return await relationships.TryDeleteAsync(known, cancellation) ? Results.NoContent() : Problems.Stale();
    }

    private async Task<IResult> ListAsync(HttpRequest request, Guid? entityId, CancellationToken cancellation)
    {
        if (Query.Read<RelationshipListQuery>(request, out var query) is { } problem)
            return problem;

        var page = query.Page();
        var filter = new RelationshipFilter(query.SourceId, query.TargetId, entityId, query.Type, query.AsOf);
        var rows = await relationships.ListAsync(filter, page.AfterId, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, relationship => relationship.Id);
    }
}
