using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What becomes of an entity whose id is here already.</summary>
public enum ImportPolicy
{
    /// <summary>It stays as it is.</summary>
    Skip,

    /// <summary>It becomes the bundle's, and so does its history.</summary>
    Replace,

    /// <summary>Its next version is the bundle's present one.</summary>
    NewVersion,
}

/// <summary>A bundle that is brought in, and how far it has come. Its id is that of its run.</summary>
/// <param name="ActorType">Who began it, as an event says it.</param>
/// <param name="UserId">Whose entities come of it; null for an organization's own key.</param>
/// <param name="Position">The bytes that have been dealt with.</param>
/// <param name="Line">The lines that have been dealt with.</param>
/// <param name="Kind">What the last batch was of; null before the first.</param>
/// <param name="Failed">Entities, relationships and labels, and lines that are none of these.</param>
/// <param name="Errors">The first <see cref="ImportError.Max"/> of them.</param>
public sealed record Import(
    Guid Id,
    string ActorType,
    Guid? UserId,
    Guid? ApiKeyId,
    string Policy,
    bool DryRun,
    long Bytes,
    long Position,
    int Line,
    string? Kind,
    int Created,
    int Changed,
    int Skipped,
    int Failed,
    JsonArray Errors)
{
    internal const string Columns =
        """
        id, actor_type, user_id, api_key_id, policy, dry_run, bytes, position, line, kind, created, changed, skipped,
        failed, errors
        """;

    /// <summary>Things that cannot be brought, behind which an import gives up.</summary>
    public const int FailedMax = 10_000;

    /// <summary>Who began it.</summary>
    internal Actor Began => ActorType switch
    {
        "api_key" => new(ActorKind.ApiKey, ApiKeyId, UserId),
        "user" => new(ActorKind.User, UserId, UserId),
        _ => Actor.System,
    };

    /// <summary>How far it is behind a batch.</summary>
    /// <param name="outcomes">
    /// Of the batch's items: <c>created</c>, <c>changed</c>, <c>skipped</c>, or a member and what was expected there,
    /// with <c>|</c> between them.
    /// </param>
    internal Import After(ImportBatch batch, IReadOnlyList<string> outcomes)
    {
        var refused = batch.Items.Zip(outcomes, (item, outcome) => (item.Line, Parts: outcome.Split('|', 2)))
            .Where(item => item.Parts.Length == 2)
            .Select(item => new ImportError(item.Line, item.Parts[0], $"expected {item.Parts[1]}"))
            .ToList();
        var errors = batch.Errors.Concat(refused).OrderBy(error => error.Line)
            .Select(error => JsonSerializer.SerializeToNode(error, EntityJson.Options));
        return this with
        {
            Position = batch.End,
            Line = batch.LastLine,
            Kind = batch.Kind ?? Kind,
            Created = Created + outcomes.Count(outcome => outcome == "created"),
            Changed = Changed + outcomes.Count(outcome => outcome == "changed"),
            Skipped = Skipped + outcomes.Count(outcome => outcome == "skipped"),
            Failed = Failed + batch.Failed + refused.Count,
            Errors = [.. Errors.Select(error => error?.DeepClone()).Concat(errors).Take(ImportError.Max)],
        };
    }
}

/// <summary>What was expected on a line of a bundle.</summary>
/// <param name="Field">The member; <c>line</c> for the whole of it.</param>
public sealed record ImportError(int Line, string Field, string Expected)
{
    /// <summary>The most that are kept of one import.</summary>
    public const int Max = 100;
}

/// <summary>An entity or a relationship with all its versions, or a label.</summary>
/// <param name="Line">Of its present version.</param>
/// <param name="Json">As the functions of the database take it.</param>
public sealed record ImportItem(Guid Id, int Line, JsonObject Json);

/// <summary>A stretch of a bundle, all of one kind.</summary>
/// <param name="Kind">Null when no line of it was of any.</param>
/// <param name="Failed">How many things <paramref name="Errors"/> are about.</param>
/// <param name="End">The position behind it.</param>
/// <param name="LastLine">The number of its last line.</param>
public sealed record ImportBatch(
    string? Kind, IReadOnlyList<ImportItem> Items, IReadOnlyList<ImportError> Errors, int Failed, long End,
    int LastLine);
