using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <param name="Status">In this state only; open ones when absent.</param>
/// <param name="EntityId">With this entity at either end.</param>
/// <param name="ScoreFrom">With at least this score, 0–1.</param>
public sealed record SuggestionListQuery(
    [AllowedValues(SuggestionStatus.Open, SuggestionStatus.Accepted, SuggestionStatus.Dismissed)]
    string Status = SuggestionStatus.Open,
    [AllowedValues(SuggestionKind.Similar, SuggestionKind.Duplicate, SuggestionKind.MissingRelation, null)]
    string? Kind = null,
    Guid? EntityId = null,
    [Range(0.0, 1.0)] double? ScoreFrom = null) : PageQuery;

/// <summary>What could be said of entities, to be agreed with or not.</summary>
public sealed class SuggestionFunctions(
    SuggestionStore suggestions, RelationshipStore relationships, EntityStore entities, RunStore runs,
    Database database, OrganizationScope scope, TimeProvider time)
{
    /// <summary>Newest first.</summary>
    [Function(nameof(ListSuggestions))]
    [Operation(Permissions.EntitiesRead, Query = typeof(SuggestionListQuery), Answer = typeof(Page<Suggestion>))]
    public Task<IResult> ListSuggestions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "suggestions")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<SuggestionListQuery, Suggestion>(
            request,
            (query, page) => suggestions.ListAsync(
                new(query.Status, query.Kind, query.EntityId, query.ScoreFrom), page.AfterId, page.Fetch, cancellation),
            suggestion => suggestion.Id);

    /// <summary>Agrees, which makes the relationship that is suggested. 409 where that would close a cycle.</summary>
    [Function(nameof(AcceptSuggestion))]
    [Operation(Permissions.EntitiesWrite, Answer = typeof(Suggestion))]
    public async Task<IResult> AcceptSuggestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "suggestions/{id:guid}/accept")]
        HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await suggestions.FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("suggestion", id);
        // Made before it is noted: whoever is cut off in between agrees once more, and finds it made.
        if (known is { Status: SuggestionStatus.Open, RelationshipType: { } type }
            && await RelateAsync(known, type, cancellation) is { } problem)
            return problem;

        return await DecideAsync(known, SuggestionStatus.Accepted, cancellation);
    }

    /// <summary>Disagrees. It is not suggested again.</summary>
    [Function(nameof(DismissSuggestion))]
    [Operation(Permissions.EntitiesWrite, Answer = typeof(Suggestion))]
    public async Task<IResult> DismissSuggestion(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "suggestions/{id:guid}/dismiss")]
        HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await suggestions.FindAsync(id, cancellation) is { } known
            ? await DecideAsync(known, SuggestionStatus.Dismissed, cancellation)
            : Problems.NotFound("suggestion", id);

    /// <summary>Looks for suggestions now, as happens every night.</summary>
    [Function(nameof(FindSuggestionsNow))]
    [Operation(Permissions.EntitiesAdmin, Answer = typeof(AcceptedRun), Status = 202)]
    public async Task<IResult> FindSuggestionsNow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "suggestions/find")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        var organization = scope.Id!.Value;
        var run = new NewRun(
            Guid.CreateVersion7(time.GetUtcNow()), SuggestionSearch.RunKind, "organization", organization,
            [SuggestionSearch.Node]);
        await database.InTransactionAsync(
            transaction => runs.CreateAsync(transaction, run, cancellation), cancellation);

        await durable.StartAsync(runs.Admitted, cancellation);
        return Runs.Accepted(run.Id);
    }

    private async Task<Problem?> RelateAsync(Suggestion known, string type, CancellationToken cancellation) =>
        await relationships.CreateAsync(
            new(known.SourceId, known.TargetId, type, 1, known.Reason, []), cancellation) switch
        {
            RelationshipOutcome.Cycle => Problems.Conflict(
                $"It would close a cycle: the target has a way to the source by {type} already."),
            RelationshipOutcome.EndMissing(var end) => Problems.Conflict($"The entity {end} is deleted."),
            RelationshipOutcome.NotAllowed => Problems.NotToBeRelated(),
            _ => null,
        };

    // What is decided stays decided for everybody: it takes who may change what it is said of.
    private async Task<IResult> DecideAsync(Suggestion known, string status, CancellationToken cancellation)
    {
        if (await entities.FindAsync(known.SourceId, null, cancellation) is not { } source
            || !await entities.MayChangeAsync(source, cancellation))
            return Problems.NotToBeChanged();
        return await suggestions.TryDecideAsync(known.Id, status, cancellation) is { } decided
            ? Results.Json(decided, Json.Options)
            : Problems.Conflict("It is decided on already.");
    }
}
