using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>A message of the Model Context Protocol, which is JSON-RPC 2.0.</summary>
/// <param name="Id">A text or a number, which the answer repeats; none for what wants no answer.</param>
public sealed record McpRequest(
    [AllowedValues("2.0")] string Jsonrpc,
    [Required, StringLength(100)] string Method,
    JsonNode? Id = null,
    JsonObject? Params = null)
{
    public static McpRequest Example => new(
        "2.0", "tools/call", 1,
        new JsonObject
        {
            ["name"] = "search_prompts", ["arguments"] = new JsonObject { ["query"] = "support" },
        });
}

/// <summary>What is answered: either a result or an error.</summary>
public sealed record McpAnswer(
    string Jsonrpc,
    JsonNode? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonObject? Result = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] McpError? Error = null)
{
    public static McpAnswer Example => new("2.0", 1, []);
}

/// <param name="Code">As JSON-RPC numbers them: -32601 for a method that is not there, -32602 for parameters.</param>
public sealed record McpError(int Code, string Message)
{
    public static McpError Example => new(-32601, "There is no method x.");
}

/// <summary>A request that is answered by an error.</summary>
internal sealed class McpException(int code, string message) : Exception(message)
{
    public const int UnknownMethod = -32601;
    public const int InvalidParameters = -32602;

    public int Code { get; } = code;
}
