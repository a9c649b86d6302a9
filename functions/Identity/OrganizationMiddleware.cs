using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class IdentityOptions
{
    /// <summary>
    /// Lets a request name its organization by <c>Assay-Organization: slug</c> without any credential. For one's own
    /// machine only.
    /// </summary>
    public bool TrustOrganizationHeader { get; set; }
}

/// <summary>Enters the organization that an HTTP request acts for before its function runs.</summary>
public sealed class OrganizationMiddleware(IOptions<IdentityOptions> options) : IFunctionsWorkerMiddleware
{
    private const string Scheme = "Bearer ";

    // Probes come without credentials.
    private static readonly HashSet<string> Open = [nameof(HealthFunctions.Health), nameof(HealthFunctions.Ready)];

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http && !Open.Contains(context.FunctionDefinition.Name))
        {
            var authorization = http.Request.Headers.Authorization.ToString();
            var slug = http.Request.Headers["Assay-Organization"].ToString();
            var directory = context.InstanceServices.GetRequiredService<OrganizationDirectory>();
            var (organization, refusal) = await ResolveAsync(directory, authorization, slug, http.RequestAborted);
            if (organization is not { } id)
            {
                context.GetInvocationResult().Value = Problems.Unauthorized(refusal);
                return;
            }
            context.InstanceServices.GetRequiredService<OrganizationScope>().Enter(id);
        }
        await next(context);
    }

    private async Task<(Guid? Organization, string Refusal)> ResolveAsync(
        OrganizationDirectory directory, string authorization, string slug, CancellationToken cancellation)
    {
        if (authorization.Length > 0)
        {
            if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
                return (null, "Expected the scheme Bearer, as in Authorization: Bearer ask_….");
            var key = authorization[Scheme.Length..].Trim();
            var organization = await directory.FindByApiKeyAsync(key, cancellation);
            return (organization, "The API key is unknown, expired or revoked.");
        }

        if (slug.Length > 0 && options.Value.TrustOrganizationHeader)
            return (await directory.FindBySlugAsync(slug, cancellation), $"There is no organization {slug}.");

        return (null, "Send an API key, as in Authorization: Bearer ask_….");
    }
}
