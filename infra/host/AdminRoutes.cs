using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay.Hosting;

/// <summary>What people use of <c>/admin</c>: running a function by hand, and seeing what there is.</summary>
internal sealed class AdminRoutes(
    HostSettings settings, IReadOnlyList<FunctionDescription> functions, Func<Task<WebJobsHost>> jobs, HostKeys keys,
    ILoggerFactory loggers)
{
    private readonly ILogger logger = loggers.CreateLogger("Host.Controllers");

    public void Map(WebApplication app)
    {
        app.MapMethods("/admin/host/ping", ["GET", "POST"], () => Results.Ok());
        var admin = app.MapGroup("/admin").AddEndpointFilter(keys.FilterAsync);
        admin.MapGet("/host/status", () => Json(Status()));
        admin.MapGet("/functions", (HttpRequest request) =>
            Json(new JsonArray([.. functions.Select(one => Describe(one, request))])));
        admin.MapGet("/functions/{name}", (string name, HttpRequest request) =>
            Find(name) is { } function ? Json(Describe(function, request)) : Results.NotFound());
        admin.MapGet("/functions/{name}/status", (string name) => Find(name) is not { } function ? Results.NotFound()
            : Json(function.Error is { } error ? new JsonObject { ["errors"] = new JsonArray(error) } : []));
        admin.MapPost("/functions/{name}", RunAsync);
    }

    private static IResult Json(JsonNode node) => Results.Text(node.ToJsonString(), "application/json");

    private FunctionDescription? Find(string name) =>
        functions.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));

    private JsonObject Status()
    {
        var status = new JsonObject
        {
            ["id"] = settings.HostId, ["state"] = "Running", ["version"] = FunctionsHost.Version,
        };
        if (functions.Where(one => one.Error is not null).ToArray() is { Length: > 0 } failed)
            status["errors"] = new JsonArray([.. failed.Select(one => JsonValue.Create($"{one.Name}: {one.Error}"))]);
        return status;
    }

    private JsonObject Describe(FunctionDescription function, HttpRequest request)
    {
        var root = $"{request.Scheme}://{request.Host}";
        return new JsonObject
        {
            ["name"] = function.Name,
            ["href"] = $"{root}/admin/functions/{function.Name}",
            ["invoke_url_template"] = function.IsHttp ? $"{root}{settings.RoutePrefix}/{function.Route}" : null,
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
            if (body is not JsonObject given)
                return Results.BadRequest();
            input = given["input"] is JsonValue value && value.TryGetValue(out string? text)
                ? text : given["input"]?.ToJsonString();
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
                logger.LogError("Function '{Name}', run by hand, failed: {Message}", function.Name, error.Message);
            }
        });
        return Results.Accepted();
    }
}
