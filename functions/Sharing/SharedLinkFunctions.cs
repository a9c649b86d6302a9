using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// What links lead to, for whoever has one. A token that is unknown, expired or revoked leads nowhere, and is not told
/// apart. What is done by a link is done by its share.
/// </summary>
public sealed class SharedLinkFunctions(
    ShareStore shares, EntityStore entities, CommentStore comments, FrameworkStore frameworks)
{
    /// <summary>The present version.</summary>
    [Function(nameof(GetShared))]
    [Operation(Permissions.Anyone, Answer = typeof(Entity))]
    public async Task<IResult> GetShared(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "shared/{token}")] HttpRequest request,
        string token,
        CancellationToken cancellation) =>
        await FindAsync(token, cancellation) is var (_, entity)
            ? Conditional.Ok(request, entity.Version, entity)
            : Unknown();

    /// <summary>Makes the next version, by a link to edit. It cannot say who else sees the entity.</summary>
    [Function(nameof(ChangeShared))]
    [Operation(Permissions.Anyone, Body = typeof(EntityBody), Answer = typeof(Entity))]
    public async Task<IResult> ChangeShared(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "shared/{token}")] HttpRequest request,
        string token,
        CancellationToken cancellation)
    {
        if (await FindAsync(token, cancellation) is not var (link, entity))
            return Unknown();

        return link.Permission == SharePermission.Edit
            ? await EntityChange.ApplyAsync(entities, frameworks, request, entity, cancellation)
            : Problems.Forbidden("This link is not for changing it.");
    }

    /// <summary>Says something of the present version, by a link to comment or to edit.</summary>
    [Function(nameof(CommentOnShared))]
    [Operation(Permissions.Anyone, Body = typeof(CommentBody), Answer = typeof(Comment), Status = 201)]
    public async Task<IResult> CommentOnShared(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "shared/{token}/comments")] HttpRequest request,
        string token,
        CancellationToken cancellation)
    {
        if (await FindAsync(token, cancellation) is not var (link, entity))
            return Unknown();
        if (link.Permission == SharePermission.View)
            return Problems.Forbidden("This link is not for commenting.");
        var body = await JsonBody.ReadAsync<CommentBody>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var comment = await comments.AddAsync(entity, link.ShareId, wanted.Text, cancellation);
        return Created.At(request, $"entities/{entity.Id}/comments", comment, comment.Version);
    }

    private async Task<(SharedLink Link, Entity Entity)?> FindAsync(string token, CancellationToken cancellation) =>
        await shares.EnterAsync(token, cancellation) is { } link
        && await entities.FindAsync(link.EntityId, null, cancellation) is { DeletedAt: null } entity
            ? (link, entity)
            : null;

    // Without the token: answers may be logged.
    private static Problem Unknown() => Problems.NotFound("shared entity at", "this address");
}
