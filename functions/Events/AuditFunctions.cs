using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <param name="EntityType">Of entities of this type only, such as <c>document</c> or <c>api_key</c>.</param>
/// <param name="EntityId">Of this entity only.</param>
/// <param name="Action">This only, such as <c>created</c> or <c>revoked</c>.</param>
/// <param name="ActorId">Done by this user or API key only.</param>
/// <param name="RequestId">Done by the request of this trace id only.</param>
/// <param name="From">Not before this time.</param>
/// <param name="To">Before this time.</param>
/// <param name="Installation">
/// Of what all organizations share instead of the organization's; for administrators of the installation.
/// </param>
public sealed record AuditQuery(
    [MaxLength(100)] string? EntityType,
    Guid? EntityId,
    [MaxLength(100)] string? Action,
    Guid? ActorId,
    [MaxLength(64)] string? RequestId,
    DateTimeOffset? From,
    DateTimeOffset? To,
    bool Installation = false) : PageQuery
{
    internal (DateTimeOffset At, Guid Id)? AfterKey => TimeKey.Read(Page().After);

    public AuditFilter ToFilter() =>
        new(EntityType, EntityId, Action, ActorId, RequestId, From, To, Installation);

    public override IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        foreach (var result in base.Validate(context))
            yield return result;
        if (From > To)
            yield return new("expected a time not after to", [nameof(From)]);
    }

    protected override bool IsKey(string[] key) => TimeKey.Read(key) is not null;
}

/// <param name="At">As it was at this time; now when absent.</param>
/// <param name="Installation">Of what all organizations share; for administrators of the installation.</param>
public sealed record AuditStateQuery(DateTimeOffset? At, bool Installation = false);

/// <summary>Who did what in the organization, and in the installation.</summary>
public sealed class AuditFunctions(AuditLog log, CurrentCaller caller, TimeProvider time)
{
    /// <summary>Newest first.</summary>
    [Function(nameof(ListAudit))]
    [Operation(Permissions.AuditRead, Query = typeof(AuditQuery), Answer = typeof(Page<AuditEntry>))]
    public async Task<IResult> ListAudit(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "audit")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<AuditQuery>(request, out var query) is { } problem)
            return problem;
        if (query.Installation && Refusal() is { } refusal)
            return refusal;

        var page = query.Page();
        var rows = await log.ListAsync(query.ToFilter(), query.AfterKey, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, entry => TimeKey.Of(entry.CreatedAt, entry.Id));
    }

    /// <summary>An entity as its events say that it was, also one that is gone.</summary>
    [Function(nameof(GetAuditState))]
    [Operation(Permissions.AuditRead, Query = typeof(AuditStateQuery), Answer = typeof(JsonObject))]
    public async Task<IResult> GetAuditState(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "audit/{entityId:guid}/state")] HttpRequest request,
        Guid entityId,
        CancellationToken cancellation)
    {
        if (Query.Read<AuditStateQuery>(request, out var query) is { } problem)
            return problem;
        if (query.Installation && Refusal() is { } refusal)
            return refusal;

        return await log.FindStateAsync(
            entityId, query.At ?? time.GetUtcNow(), query.Installation, cancellation) is { } state
            ? Conditional.Ok(request, state)
            : Problems.NotFound("recorded state of the entity", entityId);
    }

    private Problem? Refusal() => caller.Value.May(Permissions.Operations)
        ? null
        : Problems.Forbidden("Only an administrator of this installation may do this.");
}
