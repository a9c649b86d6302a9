using System.Text.Json.Serialization;

namespace Assay;

/// <summary>The part of OpenAI's chat completions protocol that is spoken here.</summary>
internal sealed record ChatCompletionRequest(
    string Model,
    IReadOnlyList<ChatCompletionMessage> Messages,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float? Temperature,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Stop,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatCompletionFormat? ResponseFormat,
    bool Stream);

internal sealed record ChatCompletionMessage(string Role, string? Content);

internal sealed record ChatCompletionFormat(string Type);

/// <summary>An answer, or one event of a streamed one: then a choice has a delta and no message.</summary>
internal sealed record ChatCompletionResponse(
    string? Id,
    string? Model,
    IReadOnlyList<ChatCompletionChoice>? Choices,
    ChatCompletionUsage? Usage);

internal sealed record ChatCompletionChoice(
    ChatCompletionMessage? Message, ChatCompletionMessage? Delta, string? FinishReason);

internal sealed record ChatCompletionUsage(long? PromptTokens, long? CompletionTokens, long? TotalTokens);
