using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace Assay.Local;

/// <summary>The methods that an endpoint serves; none means any.</summary>
internal sealed record ServedMethods(IReadOnlyList<string> Methods);

/// <summary>
/// Takes endpoints that do not serve the request's method out of the choice, so that a wrong method is an unknown
/// route: 404, where ASP.NET Core itself would answer 405.
/// </summary>
internal sealed class HttpMethodPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => -1000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        endpoints.Any(endpoint => endpoint.Metadata.GetMetadata<ServedMethods>() is { Methods.Count: > 0 });

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        var method = httpContext.Request.Method;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i)
                && candidates[i].Endpoint.Metadata.GetMetadata<ServedMethods>() is { Methods: { Count: > 0 } served }
                && !served.Contains(method, StringComparer.OrdinalIgnoreCase))
                candidates.SetValidity(i, false);
        }

        return Task.CompletedTask;
    }
}
