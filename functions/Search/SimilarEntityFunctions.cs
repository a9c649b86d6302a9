using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <param name="Type">Of this type only.</param>
public sealed record SimilarQuery(
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type)
{
    /// <summary>The most entities.</summary>
    [Range(1, 100)]
    public int Limit { get; init; } = 10;
}

public sealed class SimilarEntityFunctions(EntityStore entities, SimilarEntities similar)
{
    /// <summary>What is nearest to it by vector, of every type unless one is asked for.</summary>
    [Function(nameof(ListSimilarEntities))]
    [Operation(Permissions.EntitiesRead, Query = typeof(SimilarQuery), Answer = typeof(SimilarAnswer))]
    public async Task<IResult> ListSimilarEntities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/similar")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<SimilarQuery>(request, out var query) is { } problem)
            return problem;
        var type = EntityType.OfDoor(door);
        if (await entities.FindAsync(id, type, cancellation) is not { DeletedAt: null } entity)
            return Doors.NotFound(door, id);

        var embedding = await similar.FindEmbeddingAsync(entity, cancellation);
        var near = await similar.ListAsync(id, query.Type, query.Limit, cancellation);
        return Results.Json(new SimilarAnswer(embedding.Status, near), Json.Options);
    }

    /// <summary>The state of its vector, by which it is found.</summary>
    [Function(nameof(GetEntityEmbedding))]
    [Operation(Permissions.EntitiesRead, Answer = typeof(EntityEmbedding))]
    public async Task<IResult> GetEntityEmbedding(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Doors.Any + "/{id:guid}/embedding")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        var type = EntityType.OfDoor(door);
        return await entities.FindAsync(id, type, cancellation) is { DeletedAt: null } entity
            ? Results.Json(await similar.FindEmbeddingAsync(entity, cancellation), Json.Options)
            : Doors.NotFound(door, id);
    }
}
