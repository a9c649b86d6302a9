using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>API keys: members have their own, admins see to all of them.</summary>
public sealed class ApiKeyFunctions(ApiKeyStore keys, CurrentCaller caller, TimeProvider time)
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
        Permissions.KeysWrite, Body = typeof(NewKey), Answer = typeof(CreatedKey), ShowsSecret = true,
        NeedsClaim = true, Status = 201)]
    public async Task<IResult> CreateKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "keys")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewKey>(request, cancellation);
        if (body.Value is not { } wanted)
            return body.Problem!;
        if (Check(wanted) is { Count: > 0 } errors)
            return Problems.Invalid(errors);
        if (wanted.ForOrganization && !IsAdmin)
            return Problems.Forbidden("Only admins make keys of the organization's own.");
        var owner = wanted.ForOrganization ? null : caller.Value.UserId;
        if (!wanted.ForOrganization && owner is null)
            return Problems.Invalid("forOrganization", "expected true: the caller is no person");

        var (row, key) = await keys.CreateAsync(
            new(owner, wanted.Name, wanted.Scopes, wanted.ExpiresAt), cancellation);
        return Created.At(request, $"keys/{row.Id}", new CreatedKey(row, key), row.Version);
    }

    [Function(nameof(ChangeKey))]
    [Operation(Permissions.KeysWrite, Body = typeof(KeyChanges), Answer = typeof(ApiKey))]
    public async Task<IResult> ChangeKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "keys/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is not { } known)
            return Problems.NotFound("API key", id);
        if (Conditional.Refusal(request, known.Version) is { } refusal)
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
    [Operation(Permissions.KeysWrite, Status = 204)]
    public async Task<IResult> RevokeKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "keys/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is null)
            return Problems.NotFound("API key", id);

        await keys.TryRevokeAsync(id, cancellation);
        return Results.NoContent();
    }

    /// <summary>Makes a key that may do the same, while the old one works on for a while.</summary>
    [Function(nameof(RotateKey))]
    [Operation(
        Permissions.KeysWrite, Body = typeof(KeyRotation), Answer = typeof(CreatedKey), ShowsSecret = true,
        NeedsClaim = true, Status = 201)]
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
            else if (!Grants(scope))
                errors[$"scopes[{place}]"] = [$"expected a scope that you have yourself; {scope} is none"];
        }
        if (wanted.ExpiresAt <= time.GetUtcNow())
            errors["expiresAt"] = ["expected a time in the future"];
        return errors;
    }

    // A narrowed key makes no key that is less narrow.
    private bool Grants(string scope) => scope == Permissions.AdminScope
        ? caller.Value.Scopes?.Contains(Permissions.AdminScope) ?? true
        : caller.Value.May(scope);
}
