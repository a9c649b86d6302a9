using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>A route, its methods and who may call it.</summary>
internal sealed class HttpTrigger : Trigger
{
    private HttpTrigger(ParameterInfo parameter, HttpTriggerAttribute attribute, string route, RoutePattern pattern)
        : base(parameter, "httpTrigger")
    {
        Route = route;
        Pattern = pattern;
        Level = attribute.AuthLevel;
        Methods = [.. (attribute.Methods ?? []).Select(method => method.ToUpperInvariant()).Distinct()];
    }

    /// <summary>Without the prefix, as written.</summary>
    public string Route { get; }

    /// <summary>With the prefix.</summary>
    public RoutePattern Pattern { get; }

    /// <summary>In upper case; none means any.</summary>
    public IReadOnlyList<string> Methods { get; }

    public AuthorizationLevel Level { get; }

    /// <summary>
    /// Two functions whose shapes are equal could not be told apart, whatever their parameters are called.
    /// </summary>
    public string Shape => string.Join('/', Pattern.PathSegments.Select(segment => string.Concat(
        segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content.ToLowerInvariant(),
            RoutePatternParameterPart parameter => "{"
                + (parameter.IsCatchAll ? "*" : "")
                + string.Concat(parameter.ParameterPolicies.Select(policy => $":{policy.Content}"))
                + "}",
            RoutePatternSeparatorPart separator => separator.Content,
            _ => "",
        }))));

    public static HttpTrigger Read(
        ParameterInfo parameter, HttpTriggerAttribute attribute, string function, HostSettings settings,
        ParameterPolicyFactory policies)
    {
        var route = (settings.Resolve(attribute.Route ?? function)).Trim('/');
        if (attribute.Route is not null && IsReserved(route))
            throw new FunctionLoadException("The specified route conflicts with one or more built in routes.");

        try
        {
            var pattern = RoutePatternFactory.Parse(
                settings.RoutePrefix.Length == 0 ? route : $"{settings.RoutePrefix}/{route}");
            // Unknown constraints would otherwise show at the first request, and then stop every route.
            foreach (var routeParameter in pattern.Parameters)
            {
                foreach (var policy in routeParameter.ParameterPolicies)
                    policies.Create(routeParameter, policy);
            }

            return new HttpTrigger(parameter, attribute, route, pattern);
        }
        catch (Exception error) when (error is RoutePatternException or InvalidOperationException or ArgumentException)
        {
            throw new FunctionLoadException($"The route '{route}' is not valid: {error.Message}");
        }
    }

    public bool SharesMethodWith(HttpTrigger other) =>
        Methods.Count == 0 || other.Methods.Count == 0 || Methods.Intersect(other.Methods).Any();

    public override ParameterSource? SourceOf(ParameterInfo parameter) => HttpParameters.SourceOf(parameter, this);

    public override JsonObject Describe()
    {
        var description = new JsonObject { ["authLevel"] = Level.ToString(), ["route"] = Route };
        if (Methods.Count > 0)
            description["methods"] = new JsonArray([.. Methods.Select(method => (JsonNode)method.ToLowerInvariant())]);
        return description;
    }

    private static bool IsReserved(string route) =>
        route.StartsWith("admin", StringComparison.OrdinalIgnoreCase)
        || route.StartsWith("runtime", StringComparison.OrdinalIgnoreCase);
}
