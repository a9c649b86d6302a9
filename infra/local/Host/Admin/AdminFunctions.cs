using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;

namespace Assay.Local;

/// <summary>Lists functions, shows what is wrong with them, and runs those that HTTP does not trigger.</summary>
internal sealed class AdminFunctions(FunctionCatalog catalog, HostSettings settings, ManualRuns runs)
{
    public Task ListAsync(HttpContext http)
    {
        var list = new JsonArray();
        foreach (var function in catalog.Served)
            list.Add(Describe(http.Request, function));
        return http.Response.WriteAsJsonAsync(list, http.RequestAborted);
    }

    public Task ShowAsync(HttpContext http)
    {
        if (catalog.Find(Name(http)) is { } function)
            return http.Response.WriteAsJsonAsync(Describe(http.Request, function), http.RequestAborted);

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    public Task StatusAsync(HttpContext http)
    {
        var error = catalog.ErrorOf(Name(http));
        if (error is null && catalog.Find(Name(http)) is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var status = new JsonObject();
        if (error is not null)
            status["errors"] = new JsonArray(error);
        return http.Response.WriteAsJsonAsync(status, http.RequestAborted);
    }

    /// <summary>Answers 202 as soon as the function has been started.</summary>
    public async Task RunAsync(HttpContext http)
    {
        http.Response.StatusCode = await TryRunAsync(http);
    }

    private async Task<int> TryRunAsync(HttpContext http)
    {
        if (!http.Request.HasJsonContentType())
            return StatusCodes.Status415UnsupportedMediaType;
        if (catalog.Find(Name(http)) is not { } function)
            return StatusCodes.Status404NotFound;
        if (await ReadInputAsync(http) is not (true, var input))
            return StatusCodes.Status400BadRequest;
        return await runs.TryStartAsync(function, input, http.RequestAborted)
            ? StatusCodes.Status202Accepted
            : StatusCodes.Status400BadRequest;
    }

    private static async Task<(bool IsValid, string? Input)> ReadInputAsync(HttpContext http)
    {
        try
        {
            var body = await JsonNode.ParseAsync(
                http.Request.Body, nodeOptions: null, new() { AllowDuplicateProperties = false }, http.RequestAborted);
            return body is JsonObject request && request["input"] is null or JsonValue
                ? (true, ((JsonObject)body)["input"]?.ToString())
                : (false, null);
        }
        catch (JsonException)
        {
            return (false, null);
        }
    }

    private JsonObject Describe(HttpRequest request, Function function)
    {
        var root = UriHelper.BuildAbsolute(request.Scheme, request.Host);
        var description = new JsonObject
        {
            ["name"] = function.Name,
            ["href"] = $"{root}admin/functions/{function.Name}",
            ["language"] = "dotnet-isolated",
            ["isDisabled"] = false,
            ["isProxy"] = false,
            ["config"] = function.Describe(),
        };
        if (function.Trigger is HttpTrigger http)
            description["invoke_url_template"] =
                root + string.Join('/', new[] { settings.RoutePrefix, http.Route }.Where(part => part.Length > 0));
        return description;
    }

    private static string Name(HttpContext http) => (string)http.GetRouteValue("name")!;
}
