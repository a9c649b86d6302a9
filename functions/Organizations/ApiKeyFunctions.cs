using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// API keys: members have their own, and admins see all of them and revoke those of whom they outrank or equal. What a
/// key could not be made with now, it is neither changed nor rotated with; see <see cref="Grants"/>.
/// </summary>
public sealed class ApiKeyFunctions(ApiKeyStore keys, MemberStore members, CurrentCaller caller, TimeProvider time)
{
    [Function(nameof(ListKeys))]
    [Operation(Permissions.KeysRead, Query = typeof(ApiKeyListQuery), Answer = typeof(Page<ApiKey>))]
    public async Task<IResult> ListKeys(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "keys")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<ApiKeyListQuery>(request, out var query) is { } problem)
            return problem;
        if (query.All && !IsAdmin)
            return Problems.Forbidden("Only admins see the keys of others.");

        var page = query.Page();
        // An organization's own key has no user, and sees all or nothing.
        Guid? user = query.All ? null : caller.Value.UserId ?? Guid.Empty;
        var rows = await keys.ListAsync(user, query.Status, page.AfterId, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, key => key.Id);
    }

    [Function(nameof(GetKey))]
    [Operation(Permissions.KeysRead, Answer = typeof(ApiKey))]
    public async Task<IResult> GetKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "keys/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation) =>
        await FindAsync(id, cancellation) is { } key
            ? Conditional.Ok(request, key.Version, key)
            : Problems.NotFound("API key", id);

    /// <summary>Makes a key. The key itself is only in this answer.</summary>
    [Function(nameof(CreateKey))]
    [Operation(
        Permissions.KeysWrite, Grants = GrantKind.Key, Body = typeof(NewKey), Answer = typeof(CreatedKey),
        ShowsSecret = true, NeedsClaim = true, Status = 201)]
    public async Task<IResult> CreateKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "keys")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewKey>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (Check(wanted) is { Count: > 0 } errors)
            return Problems.Invalid(errors);
        var owner = wanted.ForOrganization ? null : caller.Value.UserId;
        if (!wanted.ForOrganization && owner is null)
            return Problems.Invalid("forOrganization", "expected true: the caller is no person");
        if (Refusal(owner, wanted.Scopes) is { } refusal)
            return refusal;

        var (row, key) = await keys.CreateAsync(
            new(owner, wanted.Name, wanted.Scopes, wanted.ExpiresAt), cancellation);
        return Created.At(request, $"keys/{row.Id}", new CreatedKey(row, key), row.Version);
    }

    /// <summary>Renames a key, or moves its end. Whose key it is does that, and nobody for them.</summary>
    [Function(nameof(ChangeKey))]
    [Operation(Permissions.KeysWrite, Grants = GrantKind.Key, Body = typeof(KeyChanges), Answer = typeof(ApiKey))]
    public async Task<IResult> ChangeKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "keys/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("API key", id);
        if ((Refusal(known.UserId, known.Scopes) ?? Conditional.Refusal(request, known.Version)) is { } refusal)
            return refusal;
        var changes = await MergePatch.ReadAsync(request, new KeyChanges(known.Name, known.ExpiresAt), cancellation);
        if (changes.Value is not { } wanted)
            return changes.Problem!;
        if (known.Status != "active")
            return Problems.Conflict($"The key is {known.Status}; only an active one can be changed.");
        if (wanted.ExpiresAt != known.ExpiresAt && wanted.ExpiresAt <= time.GetUtcNow())
            return Problems.Invalid("expiresAt", "expected a time in the future; revoke a key to end it now");

        return await keys.TryChangeAsync(known, wanted.Name, wanted.ExpiresAt, cancellation)
            ? await GetKey(request, id, cancellation)
            : Problems.Stale();
    }

    /// <summary>Revokes a key for good; it is refused within a second.</summary>
    [Function(nameof(RevokeKey))]
    [Operation(Permissions.KeysWrite, Grants = GrantKind.Key, Status = 204)]
    public async Task<IResult> RevokeKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "keys/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("API key", id);
        if (known.UserId is { } user && !caller.Value.OwnsKeysOf(user)
            && !caller.Value.MayTakeFrom((await members.FindAsync(user, cancellation))?.Rank))
            return Problems.Forbidden("Only an owner revokes the keys of an owner.");

        await keys.TryRevokeAsync(id, cancellation);
        return Results.NoContent();
    }

    /// <summary>
    /// Makes a key that may do the same, while the old one works on for a while. Whose key it is does that, and nobody
    /// for them.
    /// </summary>
    [Function(nameof(RotateKey))]
    [Operation(
        Permissions.KeysWrite, Grants = GrantKind.Key, Body = typeof(KeyRotation), Answer = typeof(CreatedKey),
        ShowsSecret = true, NeedsClaim = true, Status = 201)]
    public async Task<IResult> RotateKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "keys/{id:guid}/rotate")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<KeyRotation>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (await FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("API key", id);
        if (Refusal(known.UserId, known.Scopes) is { } refusal)
            return refusal;

        var rotated = await keys.RotateAsync(known, TimeSpan.FromSeconds(wanted.OverlapSeconds), cancellation);
        return rotated is ({ } row, var key)
            ? Created.At(request, $"keys/{row.Id}", new CreatedKey(row, key), row.Version)
            : Problems.Conflict("Only an active key that was not rotated before can be rotated.");
    }

    private bool IsAdmin => caller.Value.Role >= Role.Admin;

    // What a member may not see does not exist for them.
    private async Task<ApiKey?> FindAsync(Guid id, CancellationToken cancellation) =>
        await keys.FindAsync(id, cancellation) is { } key
        && (IsAdmin || (key.UserId is { } user && user == caller.Value.UserId))
            ? key
            : null;

    private Dictionary<string, string[]> Check(NewKey wanted)
    {
        var errors = new Dictionary<string, string[]>();
        for (var place = 0; place < wanted.Scopes.Count; place++)
        {
            var scope = wanted.Scopes[place];
            if (!Permissions.Scopes.Contains(scope))
                errors[$"scopes[{place}]"] = [$"expected one of {string.Join(", ", Permissions.Scopes)}"];
            else if (!caller.Value.MayGive(scope))
                errors[$"scopes[{place}]"] = [$"expected a scope that you have yourself; {scope} is none"];
        }
        if (wanted.ExpiresAt <= time.GetUtcNow())
            errors["expiresAt"] = ["expected a time in the future"];
        return errors;
    }

    private Problem? Refusal(Guid? owner, IReadOnlyList<string> scopes) =>
        caller.Value.MayGiveKey(owner, scopes) ? null
        : caller.Value.OwnsKeysOf(owner) ? Problems.Forbidden(
            $"The key may do what you may not: {scopes.First(scope => !caller.Value.MayGive(scope))}.")
        : owner is null ? Problems.Forbidden("Only admins make and change keys of the organization's own.")
        : Problems.Forbidden("Only whose key it is changes or rotates it; others may revoke it.");
}
