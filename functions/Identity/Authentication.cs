using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Reads the credential of a request.</summary>
public sealed class Authentication(
    ApiKeyCallers keys, OrganizationDirectory organizations, IOptions<IdentityOptions> options)
{
    private const string Scheme = "Bearer ";

    /// <summary>The caller, or the problem with the credential. Where anyone may call, none is looked at.</summary>
    public async Task<(Caller? Caller, Problem? Problem)> ReadAsync(
        HttpRequest request, string permission, CancellationToken cancellation)
    {
        if (permission == Permissions.Anyone)
            return (Caller.Anonymous, null);

        var authorization = request.Headers.Authorization.ToString();
        var slug = request.Headers["Assay-Organization"].ToString();
        if (authorization.Length == 0)
            return slug.Length > 0 && options.Value.TrustOrganizationHeader
                ? await TrustAsync(slug, cancellation)
                : (Caller.Anonymous, null);
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return (null, Problems.Unauthorized("Expected the scheme Bearer, as in Authorization: Bearer ask_…."));

        return await ReadKeyAsync(authorization[Scheme.Length..].Trim(), slug, cancellation);
    }

    private async Task<(Caller?, Problem?)> ReadKeyAsync(string key, string slug, CancellationToken cancellation)
    {
        if (await keys.FindAsync(key, cancellation) is not { } caller)
            return (null, Problems.Unauthorized("The API key is unknown, expired or revoked."));
        return slug.Length == 0 || slug == caller.OrganizationSlug
            ? (caller, null)
            : (null, Problems.NotFound("organization that this API key acts for, named", slug));
    }

    private async Task<(Caller?, Problem?)> TrustAsync(string slug, CancellationToken cancellation) =>
        await organizations.FindBySlugAsync(slug, cancellation) is { } id
            ? (new Caller(ActorKind.System, null, null, id, slug, Role.Owner, IsAdmin: true, Scopes: null), null)
            : (null, Problems.Unauthorized($"There is no organization {slug}."));
}
