using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>The API describes itself.</summary>
public sealed class OpenApiFunctions(OpenApiText text)
{
    /// <summary>This description, in OpenAPI 3.1.</summary>
    [Function(nameof(GetOpenApi))]
    [Operation(Permissions.Anyone, Answer = typeof(JsonObject))]
    public IResult GetOpenApi(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.json")] HttpRequest request) =>
        Results.Text(text.Json, "application/json", Encoding.UTF8);
}

/// <summary>The description, written once a process and only when somebody asks.</summary>
public sealed class OpenApiText(RouteTable routes)
{
    private readonly Lazy<string> json = new(() => OpenApiDocument.Write(routes));

    public string Json => json.Value;
}
