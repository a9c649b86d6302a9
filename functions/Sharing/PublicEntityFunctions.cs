using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What organizations show to all others, to be read only.</summary>
public sealed class PublicEntityFunctions(PublicEntities entities)
{
    /// <summary>Newest first, of all organizations, one's own among them.</summary>
    [Function(nameof(ListPublicEntities))]
    [Operation(Permissions.EntitiesRead, Query = typeof(PublicEntityListQuery), Answer = typeof(Page<Entity>))]
    public Task<IResult> ListPublicEntities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "public/entities")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<PublicEntityListQuery, Entity>(
            request,
            (query, page) => entities.ListAsync(query.Type, page.AfterId, page.Fetch, cancellation),
            entity => entity.Id);

    [Function(nameof(GetPublicEntity))]
    [Operation(Permissions.EntitiesRead, Answer = typeof(Entity))]
    public async Task<IResult> GetPublicEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "public/entities/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await entities.FindAsync(id, cancellation) is { } entity
            ? Conditional.Ok(request, entity.Version, entity)
            : Problems.NotFound("public entity", id);
}
