using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Whether an answer is a problem document, whole and true.</summary>
internal static partial class ProblemCheck
{
    /// <summary>Null when it is.</summary>
    public static string? FaultOf(HttpResponseMessage answer, string body)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return $"its type is {answer.Content.Headers.ContentType}";
        try
        {
            var problem = JsonNode.Parse(body)!.AsObject();
            return problem switch
            {
                _ when (int?)problem["status"] != (int)answer.StatusCode => "status is not the answer's",
                _ when !Type().IsMatch((string?)problem["type"] ?? "") => "type is no permanent one",
                _ when (string?)problem["title"] is not { Length: > 0 } => "there is no title",
                _ when (string?)problem["detail"] is not { Length: > 0 } => "there is no detail",
                _ when !Trace().IsMatch((string?)problem["traceId"] ?? "") => "traceId is no trace's",
                _ when problem["errors"]?.AsObject().Any(error => error.Value!.AsArray().Count == 0) is true =>
                    "an error says nothing",
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return e.Message;
        }
    }

    [GeneratedRegex("^/problems/[a-z-]+$")]
    private static partial Regex Type();

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Trace();
}
