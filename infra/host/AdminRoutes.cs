using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay.Hosting;

/// <summary>What people use of <c>/admin</c>: running a function by hand, and seeing what there is.</summary>
internal sealed class AdminRoutes(
    HostSettings settings, IReadOnlyList<FunctionDescription> functions, Func<Task<WebJobsHost>> jobs, HostKeys keys, ILoggerFactory loggers)
{
    private readonly ILogger logger = loggers.CreateLogger("Host.Controllers");

    public void Map(WebApplication app, Func<JsonObject> status)
    {
        app.MapMethods("/admin/host/ping", ["GET", "POST"], () => Results.Ok());
        var admin = app.MapGroup("/admin").AddEndpointFilter(async (context, next) =>
            keys.Refusal(context.HttpContext.Request) is { } refusal ? Results.StatusCode(refusal) : await next(context));
        admin.MapGet("/host/status", () => Json(status()));
        admin.MapGet("/functions", (HttpRequest request) => Json(new JsonArray([.. functions.Select(one => Describe(one, request))])));
        admin.MapGet("/functions/{name}", (string name, HttpRequest request) =>
            Find(name) is { } function ? Json(Describe(function, request)) : Results.NotFound());
        admin.MapGet("/functions/{name}/status", (string name) => Find(name) is { } function
            ? Json(function.Error is { } error ? new JsonObject { ["errors"] = new JsonArray(error) } : []) : Results.NotFound());
        admin.MapPost("/functions/{name}", RunAsync);
    }

    private static IResult Json(JsonNode node) => Results.Text(node.ToJsonString(), "application/json");

    private FunctionDescription? Find(string name) =>
        functions.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));

    private JsonObject Describe(FunctionDescription function, HttpRequest request)
    {
        var root = $"{request.Scheme}://{request.Host}";
        return new JsonObject
        {
            ["name"] = function.Name,
            ["script_href"] = $"{root}/admin/vfs/{function.Metadata.ScriptFile}",
            ["href"] = $"{root}/admin/functions/{function.Name}",
            ["invoke_url_template"] = function.IsHttp ? $"{root}/{settings.RoutePrefix}/{function.Route}" : null,
            ["language"] = function.Metadata.Language,
            ["config"] = new JsonObject
            {
                ["name"] = function.Name,
                ["entryPoint"] = function.Metadata.EntryPoint,
                ["scriptFile"] = function.Metadata.ScriptFile,
                ["language"] = function.Metadata.Language,
                ["bindings"] = new JsonArray([.. function.Bindings.Select(one => JsonNode.Parse(one.ToString()))]),
            },
            ["isDisabled"] = false,
        };
    }

    private async Task<IResult> RunAsync(string name, HttpRequest request)
    {
        if (!request.HasJsonContentType())
            return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        string? input;
        try
        {
            var body = await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            input = body is JsonObject given ? given["input"] is JsonValue value && value.TryGetValue(out string? text)
                ? text : given["input"]?.ToJsonString() : throw new JsonException();
        }
        catch (JsonException)
        {
            return Results.BadRequest();
        }

        if (Find(name) is not { Error: null } function)
            return Results.NotFound();
        if (function.IsHttp)
            return Results.BadRequest();
        var host = await jobs();
        // Nobody waits for it, as on the real host; its log lines tell what came of it.
        _ = Task.Run(async () =>
        {
            try
            {
                await host.RunAsync(function, input);
            }
            catch (Exception error)
            {
                logger.LogError("Function '{Name}' was run by hand and failed: {Message}", function.Name, error.Message);
            }
        });
        return Results.Accepted();
    }
}
