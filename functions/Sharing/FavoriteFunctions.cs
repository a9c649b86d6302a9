using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <param name="Type">Of this type only.</param>
public sealed record FavoriteListQuery(
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type) : PageQuery;

/// <summary>What people mark, to find it again. Nobody else sees it.</summary>
public sealed class FavoriteFunctions(FavoriteStore favorites, EntityStore entities, OrganizationScope scope)
{
    /// <summary>Newest first.</summary>
    [Function(nameof(ListFavorites))]
    [Operation(Permissions.EntitiesRead, Query = typeof(FavoriteListQuery), Answer = typeof(Page<Favorite>))]
    public Task<IResult> ListFavorites(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "favorites")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<FavoriteListQuery, Favorite>(
            request,
            (query, page) => favorites.ListAsync(query.Type, page.AfterId, page.Fetch, cancellation),
            favorite => favorite.Id);

    /// <summary>Marks it as a favorite of the caller, a person.</summary>
    [Function(nameof(AddEntityFavorite))]
    [Operation(Permissions.EntitiesRead, Status = 204)]
    public async Task<IResult> AddEntityFavorite(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Doors.Any + "/{id:guid}/favorite")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await RefusalAsync(door, id, cancellation) is { } refusal)
            return refusal;

        await favorites.AddAsync(id, cancellation);
        return Results.NoContent();
    }

    /// <summary>It is no favorite of the caller any more, if it was one.</summary>
    [Function(nameof(RemoveEntityFavorite))]
    [Operation(Permissions.EntitiesRead, Status = 204)]
    public async Task<IResult> RemoveEntityFavorite(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Doors.Any + "/{id:guid}/favorite")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await RefusalAsync(door, id, cancellation) is { } refusal)
            return refusal;

        await favorites.RemoveAsync(id, cancellation);
        return Results.NoContent();
    }

    private async Task<Problem?> RefusalAsync(string door, Guid id, CancellationToken cancellation)
    {
        var type = EntityType.OfDoor(door);
        if (await entities.FindAsync(id, type, cancellation) is not { DeletedAt: null })
            return Doors.NotFound(door, id);
        return scope.Actor.UserId is null ? Problems.Forbidden("Only people have favorites.") : null;
    }
}
