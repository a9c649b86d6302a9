using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Who wants to move a label whose rule asks for approval, and what was decided.</summary>
public sealed class LabelRequestFunctions(LabelStore labels, OrganizationScope scope, TimeProvider time)
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

    /// <summary>
    /// Agrees, which moves the label at once, or refuses. Only a person decides, with a session or a key of their own,
    /// and nobody what they asked for.
    /// </summary>
    [Function(nameof(DecideLabelRequest))]
    [Operation(
        Permissions.EntitiesAdmin, Grants = GrantKind.Label, Body = typeof(LabelDecision),
        Answer = typeof(LabelRequest))]
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
        if (Refusal(waiting, decision) is { } refusal)
            return refusal;

        if (await labels.TryDecideAsync(id, decision.Approve, decision.Comment, time.GetUtcNow(), cancellation)
            is not { } decided)
            return Problems.Conflict("It is decided already, it has expired, or its entity is deleted.");
        await LabelApproval.DecidedAsync(durable, id, cancellation);
        return Conditional.Ok(request, decided.Tag, decided);
    }

    // An organization's key is whoever made it, which could be who asked.
    private Problem? Refusal(LabelRequest waiting, LabelDecision decision) =>
        (waiting.UserId, scope.Actor.UserId) switch
        {
            (_, null) => Problems.Forbidden(
                "Only a person decides, with a session or a key of their own; an organization's key does not."),
            (null, _) when decision.Approve => Problems.Forbidden(
                "Who asked for it is not known any more: it can be rejected, and asked for anew."),
            var (asked, decides) when asked == decides => Problems.Forbidden(
                "Somebody else than who asked for it has to decide."),
            _ => null,
        };

    internal static IResult Accepted(HttpRequest request, LabelRequest waiting)
    {
        request.HttpContext.Response.Headers.Location = $"{request.PathBase}/api/label-requests/{waiting.Id}";
        return Results.Json(waiting, Json.Options, statusCode: StatusCodes.Status202Accepted);
    }
}
