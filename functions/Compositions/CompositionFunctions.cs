using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <param name="Variables">Values, by the names of the variables.</param>
/// <param name="TokenBudget">
/// The most tokens of the text; contexts of the least priority are left out to keep within it.
/// </param>
/// <param name="Encoding">What tokens are counted by.</param>
/// <param name="AsOf">Composed of what there was at this moment.</param>
public sealed record CompositionRequest(
    [MaxLength(EntityLimits.VariablesMax)] IReadOnlyDictionary<string, JsonNode>? Variables = null,
    [Range(1, 10_000_000)] int? TokenBudget = null,
    TokenEncoding Encoding = TokenEncoding.O200k,
    DateTimeOffset? AsOf = null)
{
    public static CompositionRequest Example => new(
        new Dictionary<string, JsonNode> { ["question"] = "Where is my book?" }, 4000);
}

public sealed class CompositionFunctions(CompositionSources sources)
{
    /// <summary>
    /// The text of an entity behind the texts of all that it depends on, with the variables filled, and where each
    /// stretch of it comes from.
    /// </summary>
    [Function(nameof(ComposeEntity))]
    [Operation(Permissions.EntitiesRead, Body = typeof(CompositionRequest), Answer = typeof(Composition))]
    public async Task<IResult> ComposeEntity(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Doors.Any + "/{id:guid}/compose")]
        HttpRequest request,
        string door,
        Guid id,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<CompositionRequest>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;

        var (parts, edges) = await sources.ReadAsync(id, wanted.AsOf, cancellation);
        if (!parts.Any(part => part.Id == id && Doors.Leads(door, part.Type)))
            return Doors.NotFound(door, id);
        if (parts.Count > CompositionSources.PartsMax)
            return Problems.Conflict($"It depends on more than {CompositionSources.PartsMax:N0} entities.");
        var (composition, problem) = Composer.Compose(
            id, parts, edges, wanted.Variables ?? new Dictionary<string, JsonNode>(), wanted.TokenBudget,
            wanted.Encoding);
        return composition is not null
            ? Results.Json(composition, Json.Options)
            : Problems.Invalid(problem!.Errors.ToDictionary(error => error.Key, error => new[] { error.Value }));
    }
}
