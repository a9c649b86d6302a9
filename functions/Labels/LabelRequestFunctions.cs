using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Who wants to move a label whose rule asks for approval, and what was decided.</summary>
public sealed class LabelRequestFunctions(LabelStore labels, OrganizationScope scope)
{
    /// <summary>Newest first.</summary>
    [Function(nameof(ListLabelRequests))]
    [Operation(
        Permissions.EntitiesRead, Query = typeof(LabelRequestListQuery), Answer = typeof(Page<LabelRequest>))]
    public Task<IResult> ListLabelRequests(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "label-requests")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<LabelRequestListQuery, LabelRequest>(
            request, (query, page) => labels.ListRequestsAsync(query.Status, page.AfterId, page.Fetch, cancellation),
            waiting => waiting.Id);

    [Function(nameof(GetLabelRequest))]
    [Operation(Permissions.EntitiesRead, Answer = typeof(LabelRequest))]
    public async Task<IResult> GetLabelRequest(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "label-requests/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await labels.FindRequestAsync(id, cancellation) is { } waiting
            ? Conditional.Ok(request, waiting.Tag, waiting)
            : Problems.NotFound("label request", id);

    /// <summary>Agrees, which moves the label at once, or refuses. Nobody decides what they asked for.</summary>
    [Function(nameof(DecideLabelRequest))]
    [Operation(Permissions.EntitiesAdmin, Body = typeof(LabelDecision), Answer = typeof(LabelRequest))]
    public async Task<IResult> DecideLabelRequest(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "label-requests/{id:guid}/decision")]
        HttpRequest request,
        Guid id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        if (await labels.FindRequestAsync(id, cancellation) is not { } waiting)
            return Problems.NotFound("label request", id);
        var body = await JsonBody.ReadAsync<LabelDecision>(request, cancellation);
        if (body.Value is not { } decision)
            return body.Problem!;
        if (waiting.UserId == scope.Actor.UserId)
            return Problems.Forbidden("Somebody else than who asked for it has to decide.");

        if (await labels.TryDecideAsync(id, decision.Approve, decision.Comment, cancellation) is not { } decided)
            return Problems.Conflict("It is decided already, or has expired.");
        await LabelApproval.DecidedAsync(durable, id, cancellation);
        return Conditional.Ok(request, decided.Tag, decided);
    }

    internal static IResult Accepted(HttpRequest request, LabelRequest waiting)
    {
        request.HttpContext.Response.Headers.Location = $"{request.PathBase}/api/label-requests/{waiting.Id}";
        return Results.Json(waiting, Json.Options, statusCode: StatusCodes.Status202Accepted);
    }
}
