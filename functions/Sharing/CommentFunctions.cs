using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What people say of entities.</summary>
public sealed class CommentFunctions(
    CommentStore comments, EntityStore entities, ShareStore shares, CurrentCaller caller)
{
    /// <summary>Newest first.</summary>
    [Function(nameof(ListEntityComments))]
    [Operation(Permissions.EntitiesRead, Query = typeof(CommentListQuery), Answer = typeof(Page<Comment>))]
    public async Task<IResult> ListEntityComments(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/comments")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation) =>
        await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null }
            ? Doors.NotFound(door, id)
            : await Paging.ListAsync<CommentListQuery, Comment>(
                request, (_, page) => comments.ListAsync(id, page.AfterId, page.Fetch, cancellation),
                comment => comment.Id);

    /// <summary>
    /// Says something of its present version. What is private is commented on by its owner, and by whom it is shared
    /// with for that.
    /// </summary>
    [Function(nameof(CommentOnEntity))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(CommentBody), Answer = typeof(Comment), Status = 201)]
    public async Task<IResult> CommentOnEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Doors.Any + "/{id:guid}/comments")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null } entity)
            return Doors.NotFound(door, id);
        if (await RefusalAsync(entity, cancellation) is { } refusal)
            return refusal;
        var body = await JsonBody.ReadAsync<CommentBody>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var comment = await comments.AddAsync(entity, null, wanted.Text, cancellation);
        return Created.At(request, $"{door.ToLowerInvariant()}/{id}/comments", comment, comment.Version);
    }

    /// <summary>Only its author edits a comment.</summary>
    [Function(nameof(ChangeComment))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(CommentBody), Answer = typeof(Comment))]
    public async Task<IResult> ChangeComment(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "comments/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await comments.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("comment", id);
        if (!IsOwn(known))
            return Problems.Forbidden("Only its author edits a comment.");
        if (await entities.FindAsync(known.EntityId, null, cancellation) is not { DeletedAt: null } entity)
            return Problems.NotFound("comment", id);
        if (await RefusalAsync(entity, cancellation) is { } forbidden)
            return forbidden;
        if (Conditional.Refusal(request, known.Version) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(request, new CommentBody(known.Text), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;

        return await comments.TryChangeAsync(known, wanted.Text, cancellation) is { } changed
            ? Conditional.Ok(request, changed.Version, changed)
            : Problems.Stale();
    }

    /// <summary>For its author and admins.</summary>
    [Function(nameof(DeleteComment))]
    [Operation(Permissions.EntitiesWrite, Status = 204)]
    public async Task<IResult> DeleteComment(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "comments/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await comments.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("comment", id);
        if (!IsOwn(known) && !caller.Value.May(Permissions.EntitiesAdmin))
            return Problems.Forbidden("Only its author and admins delete a comment.");

        await comments.DeleteAsync(id, cancellation);
        return Results.NoContent();
    }

    private async Task<Problem?> RefusalAsync(Entity entity, CancellationToken cancellation) =>
        entity.Visibility != EntityVisibility.Private || entities.IsOwned(entity)
            || await shares.IsGrantedAsync(entity.Id, SharePermission.Comment, cancellation)
            ? null
            : Problems.Forbidden("It is shared with you to be seen only.");

    private bool IsOwn(Comment comment) =>
        comment.AuthorId is { } author && author == caller.Value.UserId;
}
