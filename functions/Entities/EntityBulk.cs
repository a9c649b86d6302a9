using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>Entities to make and to change, all or none.</summary>
public sealed record EntityBulk(
    [MinLength(1), MaxLength(EntityBulk.ItemsMax)] IReadOnlyList<EntityBulkItem> Items) : IValidatableObject
{
    public const int ItemsMax = 200;

    /// <summary>Of the contents of all that are changed.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    public static EntityBulk Example => new(
        [new(new JsonObject
        {
            ["title"] = "Be brief",
            ["type"] = "context",
            ["content"] = new JsonObject { ["text"] = "Answer in two sentences." },
        })]);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        foreach (var twice in Items.Where(item => item.Id is not null).GroupBy(item => item.Id)
            .Where(same => same.Count() > 1))
            yield return new($"the entity {twice.Key} is there twice", [nameof(Items)]);
    }
}

/// <param name="Entity">All of a new one; of one that is changed a JSON merge patch.</param>
/// <param name="Id">Of the one to change; absent for a new one.</param>
/// <param name="Version">The version that was read of the one to change.</param>
public sealed record EntityBulkItem(
    JsonObject Entity, Guid? Id = null, [Range(1, int.MaxValue)] int? Version = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Id is null != Version is null)
            yield return new("expected to be there together with id, and only then", [nameof(Version)]);
    }
}

/// <summary>What came of a bulk, in its order.</summary>
public sealed record EntityBulkAnswer(IReadOnlyList<Entity> Items);

public sealed class EntityBulkFunctions(EntityStore entities, FrameworkStore frameworks)
{
    /// <summary>
    /// Makes and changes up to 200 entities in one transaction. Errors name the items that they are of.
    /// </summary>
    [Function(nameof(WriteEntities))]
    [Operation(Permissions.EntitiesWrite, Body = typeof(EntityBulk), Answer = typeof(EntityBulkAnswer))]
    public async Task<IResult> WriteEntities(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "entities/bulk")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<EntityBulk>(request, cancellation);
        if (body.Value is not { } bulk)
            return body.Problem!;

        var ids = bulk.Items.Select(item => item.Id).OfType<Guid>().ToArray();
        if (await entities.ListByIdsAsync(ids, EntityBulk.BytesMax, cancellation) is not { } present)
            return Problems.Invalid(
                "items",
                $"expected entities to change whose contents have at most {EntityBulk.BytesMax:N0} bytes in all");
        var known = present.ToDictionary(entity => entity.Id);
        if (!await entities.MayChangeAsync(known.Values, cancellation))
            return Problems.NotToBeChanged();
        var errors = new FieldErrors();
        var writes = bulk.Items.Select((item, index) => Read(item, index, known, errors)).ToList();
        var named = writes.Select(FrameworkOf).Index().Where(one => one.Item is not null).ToDictionary(
            one => $"items[{one.Index}].entity.content.framework", one => one.Item!);
        foreach (var (field, expected) in await FrameworkNames.CheckAsync(frameworks, named, cancellation))
            errors.TryAdd(field, expected);
        if (errors.Count > 0)
            return Problems.Invalid(errors);

        try
        {
            var (written, stale) = await entities.WriteAsync([.. writes.OfType<EntityWrite>()], cancellation);
            return written is not null
                ? Results.Json(new EntityBulkAnswer(written), Json.Options)
                : Problems.Conflict($"Nothing was changed: items[{stale}] was changed meanwhile by somebody else.");
        }
        catch (EntityNotOwnedException exception)
        {
            return Problems.Invalid("items", $"nothing private of others. {exception.Message}");
        }
    }

    // Null when it names none, or the same as before.
    private static string? FrameworkOf(EntityWrite? write) =>
        write is not null && FrameworkNames.Of(write.Type, write.Draft.Content) is { } name
        && name != FrameworkNames.Of(write.Type, write.Known?.Content) ? name : null;

    // Null when there is something wrong with the item, which errors then tell.
    private static EntityWrite? Read(
        EntityBulkItem item, int index, Dictionary<Guid, Entity> known, FieldErrors errors)
    {
        if (errors.IsFull)
            return null;
        var json = JsonSerializer.SerializeToElement(item.Entity, Json.Options);
        Entity? old = null;
        if (item.Id is { } id && (!known.TryGetValue(id, out old) || old.Version != item.Version))
        {
            errors.TryAdd(
                old is null ? $"items[{index}].id" : $"items[{index}].version",
                old is null ? "expected an entity; there is no such one" : $"expected {old.Version}, the present one");
            return null;
        }

        var body = old is null ? JsonBody.Make<EntityBody>(json)
            : MergePatch.Apply(json, EntityBody.Of(old));
        var problem = body.Problem ?? EntityChange.TypeProblem(
            old is null ? null : EntityType.Find(old.Type), body.Value!.Type);
        var type = problem is null ? EntityType.Find(old?.Type ?? body.Value!.Type!)! : null;
        problem ??= EntityContent.Check(type!, body.Value!.Content);
        foreach (var (field, expected) in problem?.Errors ?? new Dictionary<string, string[]>())
            errors.TryAdd(field == "body" ? $"items[{index}].entity" : $"items[{index}].entity.{field}", expected);
        return problem is null ? new(type!, old, body.Value!.ToDraft()) : null;
    }
}
