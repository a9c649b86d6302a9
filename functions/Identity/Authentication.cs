using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Reads the credential of a request.</summary>
public sealed class Authentication(
    ApiKeyCallers keys,
    SessionCallers sessions,
    OrganizationDirectory organizations,
    RateLimits rates,
    Settings settings,
    IOptions<IdentityOptions> options)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// The caller, or the problem with the credential. Where anyone may call, none is looked at. Wrong credentials are
    /// counted by the client's address, good ones are not: whoever shares it with one who guesses is not held up.
    /// </summary>
    public async Task<(Caller? Caller, Problem? Problem)> ReadAsync(
        HttpRequest request, string permission, CancellationToken cancellation)
    {
        var (caller, problem) = await RecognizeAsync(request, permission, cancellation);
        return problem is { Status: StatusCodes.Status401Unauthorized }
            ? (null, await TooManyAsync(request.HttpContext, cancellation) ?? problem)
            : (caller, problem);
    }

    private async Task<Problem?> TooManyAsync(HttpContext http, CancellationToken cancellation)
    {
        var limits = RequestQuotas.OfRefusals(
            ClientAddress.Of(http, options.Value), await settings.SnapshotAsync(cancellation));
        var decision = await rates.TakeAsync(limits, cancellation);
        return decision.Admitted ? null : Problems.Limited(decision.Tightest.Limit, decision.Tightest.Reset);
    }

    /// <summary>The same without counting.</summary>
    internal async Task<(Caller? Caller, Problem? Problem)> RecognizeAsync(
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

        var credential = authorization[Scheme.Length..].Trim();
        return credential.StartsWith(ApiKeyCallers.Prefix, StringComparison.Ordinal)
            ? await ReadKeyAsync(credential, slug, cancellation)
            : await ReadSessionAsync(credential, slug, permission, cancellation);
    }

    private async Task<(Caller?, Problem?)> ReadKeyAsync(string key, string slug, CancellationToken cancellation)
    {
        if (await keys.FindAsync(key, cancellation) is not { } caller)
            return (null, Problems.Unauthorized("The API key is unknown, expired or revoked."));
        return slug.Length == 0 || slug == caller.OrganizationSlug
            ? (caller, null)
            : (null, Problems.NotFound("organization that this API key acts for, named", slug));
    }

    private async Task<(Caller?, Problem?)> ReadSessionAsync(
        string token, string slug, string permission, CancellationToken cancellation)
    {
        if (await sessions.FindAsync(token, slug, cancellation) is not { } session)
            return (null, Problems.Unauthorized("The session token is not valid, or its session has ended."));
        if (session.Caller.OrganizationId is not null)
            return (session.Caller, null);
        if (slug.Length > 0)
            return (null, Problems.NotFound("organization that you belong to, named", slug));
        if (!Permissions.LeastRoles.ContainsKey(permission))
            return (session.Caller, null);
        return (null, session.Organizations > 0
            ? Problems.Malformed("You belong to several organizations: name one, as in Assay-Organization: slug.")
            : Problems.Forbidden("This is done in an organization, and you belong to none."));
    }

    private async Task<(Caller?, Problem?)> TrustAsync(string slug, CancellationToken cancellation) =>
        await organizations.FindBySlugAsync(slug, cancellation) is { } id
            ? (new Caller(ActorKind.System, null, null, id, slug, Role.Owner, IsAdmin: true, Scopes: null), null)
            : (null, Problems.Unauthorized($"There is no organization {slug}."));
}
