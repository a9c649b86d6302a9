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
/// <param name="Label">
/// Composed of the versions that this label points at, and of the present version of what it depends on without such a
/// label; which was taken is in <c>sources</c>.
/// </param>
public sealed record CompositionRequest(
    [MaxLength(EntityLimits.VariablesMax)] IReadOnlyDictionary<string, JsonNode>? Variables = null,
    [Range(1, 10_000_000)] int? TokenBudget = null,
    TokenEncoding Encoding = TokenEncoding.O200k,
    DateTimeOffset? AsOf = null,
    [StringLength(50)] string? Label = null) : IValidatableObject
{
    public static CompositionRequest Example => new(
        new Dictionary<string, JsonNode> { ["question"] = "Where is my book?" }, 4000, Label: "production");

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (AsOf is not null && Label is not null)
            yield return new("expected not to be there together with asOf", [nameof(Label)]);
    }
}

public sealed class CompositionFunctions(CompositionSources sources, Settings settings, LargeTurn turn)
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

        var bytesMax = await settings.GetAsync(KnownSettings.CompositionBytes, cancellation);
        var (parts, edges, tooMuch) = await sources.ReadAsync(
            id, wanted.AsOf, wanted.Label, bytesMax, cancellation);
        if (parts.FirstOrDefault(part => part.Id == id && Doors.Leads(door, part.Type)) is not { } root)
            return Doors.NotFound(door, id);
        if (wanted.Label is not null && root.Label is null)
            return Problems.Invalid("label", $"expected a label of this {root.Type}");
        if (tooMuch is not null)
            return Problems.Conflict(tooMuch);
        var values = wanted.Variables ?? new Dictionary<string, JsonNode>();
        if (Composer.SizeAtMost(parts, values) >= LargeTurn.SizeMin)
            await turn.TakeAsync(cancellation);
        var (composition, problem) = Composer.Compose(
            id, parts, edges, values, new(wanted.TokenBudget, bytesMax), wanted.Encoding, cancellation);
        return composition is not null
            ? Results.Json(composition, Json.Options)
            : Problems.Invalid(problem!.Errors.ToDictionary(error => error.Key, error => new[] { error.Value }));
    }
}
