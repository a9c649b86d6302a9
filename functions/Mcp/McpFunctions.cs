using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>
/// The organization's prompts for programs that speak the Model Context Protocol, over its streamable HTTP transport.
/// There are no sessions, and nothing can be changed.
/// </summary>
public sealed class McpFunctions(McpPrompts prompts, McpTools tools)
{
    // Newest first: what a client that knows none of them is offered.
    private static readonly string[] versions = ["2025-06-18", "2025-03-26", "2024-11-05"];

    /// <summary>
    /// A message of the Model Context Protocol: <c>initialize</c>, <c>ping</c>, <c>prompts/list</c>,
    /// <c>prompts/get</c>, <c>tools/list</c> and <c>tools/call</c>. What wants no answer gets 202.
    /// </summary>
    [Function(nameof(SendMcpMessage))]
    [Operation(Permissions.EntitiesRead, Body = typeof(McpRequest), Answer = typeof(McpAnswer))]
    public async Task<IResult> SendMcpMessage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "mcp")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<McpRequest>(request, cancellation);
        if (body.Value is not { } message)
            return body.Problem!;
        if (message.Id is null)
            return Results.Accepted();

        try
        {
            var result = await AnswerAsync(message.Method, message.Params ?? [], cancellation);
            return Results.Json(new McpAnswer("2.0", message.Id, result), Json.Options);
        }
        catch (McpException problem)
        {
            return Results.Json(
                new McpAnswer("2.0", message.Id, Error: new(problem.Code, problem.Message)), Json.Options);
        }
    }

    private Task<JsonObject> AnswerAsync(string method, JsonObject parameters, CancellationToken cancellation) =>
        method switch
        {
            "initialize" => Task.FromResult(Introduction(parameters)),
            "ping" => Task.FromResult(new JsonObject()),
            "prompts/list" => prompts.ListAsync(parameters, cancellation),
            "prompts/get" => prompts.GetAsync(parameters, cancellation),
            "tools/list" => Task.FromResult(McpTools.List()),
            "tools/call" => tools.CallAsync(parameters, cancellation),
            _ => throw new McpException(McpException.UnknownMethod, $"There is no method {method}."),
        };

    private static JsonObject Introduction(JsonObject parameters) => new()
    {
        ["protocolVersion"] = versions.FirstOrDefault(
            version => version == McpParameters.Text(parameters, "protocolVersion"), versions[0]),
        ["capabilities"] = new JsonObject { ["prompts"] = new JsonObject(), ["tools"] = new JsonObject() },
        ["serverInfo"] = new JsonObject { ["name"] = "assay", ["version"] = "1.0" },
        ["instructions"] = "Prompts and templates of an organization. Find one, then compose it with its variables.",
    };
}
