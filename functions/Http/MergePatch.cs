using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// Changes one thing by a JSON merge patch (RFC 7396) of the record that holds what clients may change of it:
/// <code>
/// [Operation(Permissions.SettingsWrite, Body = typeof(TeamChanges), Answer = typeof(Team))]
/// public async Task&lt;IResult&gt; ChangeTeam(
///     [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "teams/{id:guid}")] HttpRequest request,
///     Guid id,
///     CancellationToken cancellation)
/// {
///     if (await teams.FindAsync(id, cancellation) is not { } team)
///         return Problems.NotFound("team", id);
///     if (Conditional.Refusal(request, team.Version) is { } refusal)
///         return refusal;
///     var changes = await MergePatch.ReadAsync(request, new TeamChanges(team.Name, team.Color), cancellation);
///     if (changes.Value is not { } wanted)
///         return changes.Problem!;
///
///     // Changes where the version is still this one: somebody else may have been faster.
///     return await teams.TryChangeAsync(id, team.Version, wanted, cancellation) is { } changed
///         ? Conditional.Ok(request, changed.Version, changed)
///         : Problems.Stale();
/// }
/// </code>
/// </summary>
public static class MergePatch
{
    public const string ContentType = "application/merge-patch+json";

    /// <summary>
    /// The record as the patch leaves it. Members that the patch does not name stay; null takes a member's value away,
    /// or brings its default back. Problems as of <see cref="JsonBody.ReadAsync"/>, about the merged record.
    /// </summary>
    public static async Task<JsonBody<T>> ReadAsync<T>(
        HttpRequest request, T current, CancellationToken cancellation)
        where T : class
    {
        var (patch, problem) = await JsonBody.ReadDocumentAsync(request, cancellation, ContentType);
        if (patch is null)
            return new(null, problem);

        using (patch)
            return Apply(patch.RootElement, current);
    }

    /// <summary>The same for a patch that is there already.</summary>
    public static JsonBody<T> Apply<T>(JsonElement patch, T current)
        where T : class
    {
        if (patch.ValueKind != JsonValueKind.Object)
            return JsonBody.Make<T>(patch);
        var type = Json.Options.GetTypeInfo(typeof(T));
        var merged = Merge(JsonSerializer.SerializeToNode(current, type), patch, type)!;
        return JsonBody.Make<T>(JsonSerializer.SerializeToElement(merged, Json.Options));
    }

    private static JsonNode? Merge(JsonNode? target, JsonElement patch, JsonTypeInfo? type)
    {
        if (patch.ValueKind != JsonValueKind.Object)
            return JsonSerializer.SerializeToNode(patch);

        var merged = target as JsonObject ?? [];
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null)
                merged[member.Name] = Merge(
                    Detach(merged, member.Name), member.Value, MemberType(type, member.Name));
            else if (IsRefusedLater(type, member.Name))
                merged[member.Name] = null;
            else
                merged.Remove(member.Name);
        }
        return merged;
    }

    private static JsonNode? Detach(JsonObject parent, string name)
    {
        parent.Remove(name, out var value);
        return value;
    }

    private static JsonTypeInfo? MemberType(JsonTypeInfo? type, string name) => type?.Kind switch
    {
        JsonTypeInfoKind.Object when Find(type, name) is { } property =>
            type.Options.GetTypeInfo(property.PropertyType),
        JsonTypeInfoKind.Dictionary => type.Options.GetTypeInfo(type.ElementType!),
        _ => null,
    };

    // Taking away what is unknown or required is not as good as doing nothing: a null left there is found and named.
    private static bool IsRefusedLater(JsonTypeInfo? type, string name) =>
        type?.Kind == JsonTypeInfoKind.Object && Find(type, name) is null or { IsRequired: true };

    private static JsonPropertyInfo? Find(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(property => property.Name == name);
}
