using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// Keys for providers. The organization's are for its members to see and for its admins to change; a personal one is
/// there for nobody but its owner. No answer holds more of a key than its last four characters.
/// </summary>
public sealed class CredentialFunctions(
    CredentialStore credentials, ProviderStore providers, ProviderKeys keys, CurrentCaller caller)
{
    [Function(nameof(AddCredential))]
    [Operation(
        Permissions.CredentialsWrite, Grants = GrantKind.Credential, Body = typeof(NewCredential),
        Answer = typeof(ProviderCredential), Status = 201)]
    public async Task<IResult> AddCredential(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "credentials")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<NewCredential>(request, cancellation);
        if (body.Value is not { } added)
            return body.Problem!;
        if (Refusal(added.IsPersonal) is { } refusal)
            return refusal;
        if (await providers.FindAsync(added.Provider, cancellation) is not { } provider)
            return Problems.Invalid("provider", "expected the name of a provider; GET /api/providers lists them");
        if (CredentialRules.Check(provider, added.Secret, added.BaseUrl) is { Count: > 0 } errors)
            return Problems.Invalid(errors);

        return await credentials.AddAsync(added, provider, cancellation) is CredentialOutcome.Stored(var credential)
            ? Created.At(request, $"credentials/{credential.Id}", credential, credential.Version)
            : NameTaken();
    }

    [Function(nameof(ListCredentials))]
    [Operation(
        Permissions.CredentialsRead, Query = typeof(CredentialListQuery), Answer = typeof(Page<ProviderCredential>))]
    public Task<IResult> ListCredentials(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "credentials")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<CredentialListQuery, ProviderCredential>(
            request,
            (query, page) => credentials.ListAsync(
                new(query.Provider, query.IsActive), page.AfterId, page.Fetch, cancellation),
            credential => credential.Id);

    [Function(nameof(GetCredential))]
    [Operation(Permissions.CredentialsRead, Answer = typeof(ProviderCredential))]
    public async Task<IResult> GetCredential(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "credentials/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await credentials.FindAsync(id, cancellation) is not { } credential)
            return Problems.NotFound("credential", id);
        request.HttpContext.Response.Headers.ETag = $"\"{credential.Version}\"";

        // Never 304: use is counted without a new version.
        return Results.Json(credential, Json.Options);
    }

    [Function(nameof(ChangeCredential))]
    [Operation(
        Permissions.CredentialsWrite, Grants = GrantKind.Credential, Body = typeof(CredentialSettings),
        Answer = typeof(ProviderCredential))]
    public async Task<IResult> ChangeCredential(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "credentials/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        var (credential, problem) = await FindToChangeAsync(request, id, cancellation);
        if (credential is null)
            return problem!;
        var body = await MergePatch.ReadAsync(
            request, new CredentialSettings(credential.Name, credential.BaseUrl, credential.IsActive), cancellation);
        if (body.Value is not { } settings)
            return body.Problem!;
        // Or else whoever may change the address could have the key, which nobody is shown, sent to their own.
        if (settings.BaseUrl != credential.BaseUrl && settings.Secret is null)
            return Problems.Invalid("secret", "expected the key: for another address it is needed once more");
        var provider = (await providers.FindAsync(credential.Provider, cancellation))!;
        if (CredentialRules.Check(provider, settings.Secret, settings.BaseUrl) is { Count: > 0 } errors)
            return Problems.Invalid(errors);

        return await credentials.ChangeAsync(credential, settings, cancellation) switch
        {
            CredentialOutcome.Stored(var changed) => Conditional.Ok(request, changed.Version, changed),
            CredentialOutcome.NameTaken => NameTaken(),
            _ => Problems.Stale(),
        };
    }

    [Function(nameof(DeleteCredential))]
    [Operation(Permissions.CredentialsWrite, Grants = GrantKind.Credential, IfMatch = true, Status = 204)]
    public async Task<IResult> DeleteCredential(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "credentials/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        var (credential, problem) = await FindToChangeAsync(request, id, cancellation);
        if (credential is null)
            return problem!;

        return await credentials.TryDeleteAsync(credential, cancellation) ? Results.NoContent() : Problems.Stale();
    }

    /// <summary>
    /// Shows the key to its provider by a call that costs nothing. The answer says what came of it, and is 200 also
    /// when the provider refuses the key or is away.
    /// </summary>
    [Function(nameof(ValidateCredential))]
    [Operation(Permissions.CredentialsWrite, Grants = GrantKind.Credential, Answer = typeof(ProviderCredential))]
    public async Task<IResult> ValidateCredential(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "credentials/{id:guid}/validate")]
        HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await credentials.FindAsync(id, cancellation) is not { } credential)
            return Problems.NotFound("credential", id);
        if (Refusal(credential.UserId is not null) is { } refusal)
            return refusal;

        var fault = await keys.FindFaultAsync(id, cancellation);
        return await credentials.RecordTrialAsync(credential, fault, cancellation) is { } tried
            ? Conditional.Ok(request, tried.Version, tried)
            : Problems.Conflict("The credential was changed while it was tried. Try it again.");
    }

    private async Task<(ProviderCredential?, Problem?)> FindToChangeAsync(
        HttpRequest request, Guid id, CancellationToken cancellation)
    {
        if (await credentials.FindAsync(id, cancellation) is not { } credential)
            return (null, Problems.NotFound("credential", id));
        var problem = Refusal(credential.UserId is not null) ?? Conditional.Refusal(request, credential.Version);
        return problem is null ? (credential, null) : (null, problem);
    }

    // Whether a credential is personal is not known to the route, so its permission cannot tell these apart.
    private Problem? Refusal(bool isPersonal)
    {
        if (isPersonal)
            return caller.Value.UserId is null
                ? Problems.Invalid("isPersonal", "expected false: this API key belongs to no person")
                : null;
        return caller.Value.Role >= Role.Admin
            ? null
            : Problems.Forbidden("Keys of the organization are changed by its admins; add one of your own instead.");
    }

    private static Problem NameTaken() => Problems.Conflict("Another credential for this provider has this name.");
}

public sealed record CredentialListQuery([MaxLength(50)] string? Provider, bool? IsActive) : PageQuery;
