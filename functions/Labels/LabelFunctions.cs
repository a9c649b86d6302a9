using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Names that point at versions of entities, such as <c>production</c>.</summary>
public sealed class LabelFunctions(EntityStore entities, LabelStore labels, CurrentCaller caller, TimeProvider time)
{
    /// <summary>By their names.</summary>
    [Function(nameof(ListEntityLabels))]
    [Operation(Permissions.EntitiesRead, Query = typeof(NameListQuery), Answer = typeof(Page<EntityLabel>))]
    public async Task<IResult> ListEntityLabels(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/labels")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<NameListQuery>(request, out var query) is { } problem)
            return problem;
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null })
            return Doors.NotFound(door, id);

        var page = query.Page();
        var rows = await labels.ListAsync(id, query.AfterName, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, label => [label.Name]);
    }

    /// <summary>
    /// Points a label at a version, whatever it pointed at before. Only administrators move a protected one; where its
    /// rule asks for approval the answer is 202 with the request for it, which only a person makes.
    /// </summary>
    [Function(nameof(SetEntityLabel))]
    [Operation(
        Permissions.EntitiesWrite, Grants = GrantKind.Label, Body = typeof(LabelBody), Answer = typeof(EntityLabel),
        Deferred = typeof(LabelRequest))]
    public async Task<IResult> SetEntityLabel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Doors.Any + "/{id:guid}/labels/{name}")]
        HttpRequest request,
        string door,
        Guid id,
        string name,
        CancellationToken cancellation)
    {
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null } known)
            return Doors.NotFound(door, id);
        if (!await entities.MayChangeAsync(known, cancellation))
            return Problems.NotToBeChanged();
        if (!EntityLabel.IsName(name))
            return NameProblem();
        var body = await JsonBody.ReadAsync<LabelBody>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var mayMove = caller.Value.May(Permissions.EntitiesAdmin);
        return await labels.MoveAsync(id, name, wanted.Version, mayMove, time.GetUtcNow(), cancellation) switch
        {
            LabelOutcome.Moved(var label) => Results.Json(label, Json.Options),
            LabelOutcome.Requested(var waiting) => LabelRequestFunctions.Accepted(request, waiting),
            LabelOutcome.VersionMissing =>
                Problems.Invalid("version", $"expected one of the versions 1 to {known.Version}"),
            LabelOutcome.Pending => Problems.Conflict("Somebody has asked to move it, and is not answered yet."),
            LabelOutcome.NobodyAsks => Problems.Forbidden(
                $"Somebody has to agree to moving {name}: only a person asks for that, not an organization's key."),
            _ => Problems.Forbidden($"Only administrators move the label {name}."),
        };
    }

    /// <summary>Takes a label away; a protected one only as an administrator.</summary>
    [Function(nameof(RemoveEntityLabel))]
    [Operation(Permissions.EntitiesWrite, Grants = GrantKind.Label, Status = 204)]
    public async Task<IResult> RemoveEntityLabel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Doors.Any + "/{id:guid}/labels/{name}")]
        HttpRequest request,
        string door,
        Guid id,
        string name,
        CancellationToken cancellation)
    {
        if (await entities.FindAsync(id, EntityType.OfDoor(door), cancellation) is not { DeletedAt: null } known)
            return Doors.NotFound(door, id);
        if (!await entities.MayChangeAsync(known, cancellation))
            return Problems.NotToBeChanged();
        if (!caller.Value.May(Permissions.EntitiesAdmin) && await labels.FindRuleAsync(name, cancellation) is not null)
            return Problems.Forbidden($"Only administrators take the label {name} away.");

        return await labels.TryRemoveAsync(id, name, cancellation)
            ? Results.NoContent()
            : Problems.NotFound("label", name);
    }

    /// <summary>The labels that only administrators move.</summary>
    [Function(nameof(ListLabelRules))]
    [Operation(Permissions.EntitiesRead, Query = typeof(NameListQuery), Answer = typeof(Page<LabelRule>))]
    public Task<IResult> ListLabelRules(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "label-rules")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<NameListQuery, LabelRule>(
            request, (query, page) => labels.ListRulesAsync(query.AfterName, page.Fetch, cancellation),
            rule => [rule.Name]);

    /// <summary>Protects a label on all entities, or changes how.</summary>
    [Function(nameof(SetLabelRule))]
    [Operation(
        Permissions.EntitiesAdmin, Grants = GrantKind.Label, Body = typeof(LabelRuleBody),
        Answer = typeof(LabelRule))]
    public async Task<IResult> SetLabelRule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "label-rules/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation)
    {
        if (!EntityLabel.IsName(name))
            return NameProblem();
        var body = await JsonBody.ReadAsync<LabelRuleBody>(request, cancellation);
        return body.Value is { } wanted
            ? Results.Json(
                await labels.SetRuleAsync(name, wanted.NeedsApproval, wanted.ApprovalHours, cancellation), Json.Options)
            : body.Problem!;
    }

    [Function(nameof(RemoveLabelRule))]
    [Operation(Permissions.EntitiesAdmin, Grants = GrantKind.Label, Status = 204)]
    public async Task<IResult> RemoveLabelRule(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "label-rules/{name}")] HttpRequest request,
        string name,
        CancellationToken cancellation) =>
        await labels.TryRemoveRuleAsync(name, cancellation)
            ? Results.NoContent()
            : Problems.NotFound("label rule", name);

    private static Problem NameProblem() => Problems.Invalid(
        "name", "expected at most 50 lower-case letters, digits, dots, dashes and underscores");
}
