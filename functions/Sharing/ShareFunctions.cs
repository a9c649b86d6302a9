using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Whom entities are shared with: said by their owners and by admins.</summary>
public sealed class ShareFunctions(
    ShareStore shares, EntityStore entities, MemberStore members, CurrentCaller caller, TimeProvider time)
{
    /// <summary>Newest first, also those that are no longer live.</summary>
    [Function(nameof(ListEntityShares))]
    [Operation(Permissions.EntitiesRead, Query = typeof(ShareListQuery), Answer = typeof(Page<Share>))]
    public async Task<IResult> ListEntityShares(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/shares")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation) =>
        await RefusalAsync(door, id, cancellation)
        ?? await Paging.ListAsync<ShareListQuery, Share>(
            request, (_, page) => shares.ListAsync(id, page.AfterId, page.Fetch, cancellation), share => share.Id);

    /// <summary>
    /// Shares it with a member, with all members, or by a link, whose token is only in this answer. A share with a
    /// member or with all replaces the one before.
    /// </summary>
    [Function(nameof(ShareEntity))]
    [Operation(
        Permissions.EntitiesWrite, Grants = GrantKind.Share, Body = typeof(NewShare), Answer = typeof(CreatedShare),
        ShowsSecret = true, Status = 201)]
    public async Task<IResult> ShareEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Doors.Any + "/{id:guid}/shares")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await RefusalAsync(door, id, cancellation, shares: true) is { } refusal)
            return refusal;
        var body = await JsonBody.ReadAsync<NewShare>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (wanted.ExpiresAt <= time.GetUtcNow())
            return Problems.Invalid("expiresAt", "expected a time in the future");
        if (wanted.UserId is { } user && await members.FindAsync(user, cancellation) is null)
            return Problems.Invalid("userId", "expected the id of a member");

        return await shares.CreateAsync(
                id, wanted.Grantee, wanted.UserId, wanted.Permission, wanted.ExpiresAt, cancellation)
            is var (share, token)
            ? Created.At(request, $"{door.ToLowerInvariant()}/{id}/shares", new CreatedShare(share, token))
            : Problems.Conflict($"It is shared {ShareStore.SharesMax} times already: revoke one that is not needed.");
    }

    /// <summary>Ends a share at once. Members may end what was shared with them, too.</summary>
    [Function(nameof(RevokeShare))]
    [Operation(Permissions.EntitiesRead, Grants = GrantKind.Share, Status = 204)]
    public async Task<IResult> RevokeShare(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "shares/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await shares.FindAsync(id, cancellation) is not { } share)
            return Problems.NotFound("share", id);
        // The route is for viewers too, but not for keys that only read.
        if (!caller.Value.InScope(Permissions.EntitiesWrite))
            return Problems.Forbidden($"Ending a share needs the scope {Permissions.EntitiesWrite}.");
        var entity = await entities.FindAsync(share.EntityId, null, cancellation);
        if (entity is null && !IsAdmin)
            return Problems.NotFound("share", id);
        if (!IsAdmin && !entities.IsOwned(entity!) && (share.UserId is null || share.UserId != caller.Value.UserId))
            return Problems.Forbidden("Only the owner of the entity and admins end what is shared with others.");

        await shares.RevokeAsync(id, cancellation);
        return Results.NoContent();
    }

    private bool IsAdmin => caller.Value.May(Permissions.EntitiesAdmin);

    private async Task<IResult?> RefusalAsync(
        string door, Guid id, CancellationToken cancellation, bool shares = false)
    {
        var type = EntityType.OfDoor(door);
        if (await entities.FindAsync(id, type, cancellation) is not { DeletedAt: null } entity)
            return Doors.NotFound(door, id);
        if (entities.IsOwned(entity))
            return null;
        // An admin sees what is private only by a share, which does not say who else sees it.
        if (shares && entity.Visibility == EntityVisibility.Private)
            return Problems.Forbidden("It is private: only its owner says whom it is shared with.");
        return IsAdmin ? null : Problems.Forbidden("Only its owner and admins say whom it is shared with.");
    }
}
