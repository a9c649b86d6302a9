using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Assay;

/// <summary>
/// A chat client for any endpoint that speaks OpenAI's chat completions. Calls are tried again while the endpoint is
/// overloaded, broken or away; every way to fail ends in a <see cref="ChatModelException"/>, but for a limit of ours
/// (<see cref="RateLimitedException"/>), for Postgres and for the keys of secrets.
/// </summary>
/// <param name="http">Resolves addresses below the endpoint's, and shows the key.</param>
internal sealed class OpenAiChatClient(HttpMessageInvoker http, ChatModelOptions options, TimeProvider time)
    : IChatClient
{
    private const int ErrorLengthMax = 300;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? chat = null, CancellationToken cancellationToken = default)
    {
        var request = NewRequest(messages, chat, stream: false);
        var answer = await TryAsync(
            async cancellation =>
            {
                using var response = await SendAsync(request, cancellation);
                return await ReadAsync(response, cancellation);
            },
            cancellationToken);
        if (answer.Choices is not [{ Message.Content: { } content } choice, ..])
            throw new ChatModelException("The model's endpoint answered without a message.");

        return new(new ChatMessage(ChatRole.Assistant, content))
        {
            ResponseId = answer.Id,
            ModelId = answer.Model ?? request.Model,
            FinishReason = choice.FinishReason is { } reason ? new ChatFinishReason(reason) : null,
            Usage = answer.Usage is { } usage
                ? new()
                {
                    InputTokenCount = usage.PromptTokens,
                    OutputTokenCount = usage.CompletionTokens,
                    TotalTokenCount = usage.TotalTokens,
                }
                : null,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? chat = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = NewRequest(messages, chat, stream: true);
        using var response = await TryAsync(
            cancellation => SendAsync(request, cancellation), cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data == "[DONE]")
                yield break;
            if (Parse(item.Data).Choices is [{ Delta.Content: { } text } choice, ..])
                yield return new(ChatRole.Assistant, text)
                {
                    FinishReason = choice.FinishReason is { } reason ? new ChatFinishReason(reason) : null,
                };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this
        : serviceKey is null && serviceType == typeof(ChatClientMetadata)
            ? new ChatClientMetadata(options.Provider, null, options.Model)
        : null;

    public void Dispose() => http.Dispose();

    private async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
            try
            {
                return await call(either.Token);
            }
            catch (OverloadedException overload)
            {
                if (attempt >= options.AttemptsMax)
                    throw new ChatModelException(overload.Message, overload);
                await Task.Delay(overload.Pause ?? Pause(attempt), time, cancellation);
            }
            catch (HttpRequestException fault)
            {
                if (attempt >= options.AttemptsMax)
                    throw new ChatModelException("The model's endpoint cannot be reached.", fault);
                await Task.Delay(Pause(attempt), time, cancellation);
            }
            catch (Exception fault) when (fault is ProviderUnusableException or SecretUnreadableException)
            {
                throw new ChatModelException(fault.Message, fault);
            }
            catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
            {
                // Another try would most likely take as long.
                throw new ChatModelException($"The model gave no answer within {options.TimeoutSeconds} s.", late);
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        ChatCompletionRequest request, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri("chat/completions", UriKind.Relative))
        {
            Content = JsonContent.Create(request, options: Wire),
        };
        var response = await http.SendAsync(message, cancellation);
        if (response.IsSuccessStatusCode)
            return response;

        using (response)
        {
            // What it says of a key may repeat it.
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new ChatModelException(
                    $"The model's endpoint refuses the key, with status {(int)response.StatusCode}.");
            var body = await ReadTextAsync(response, cancellation);
            var said = ShownText.NameOf(body, ErrorLengthMax);
            var reason = $"The model's endpoint answered {(int)response.StatusCode}: {said}";
            if (response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
                throw new OverloadedException(reason, PauseOf(response.Headers.RetryAfter));
            throw new ChatModelException(reason);
        }
    }

    private static async Task<ChatCompletionResponse> ReadAsync(
        HttpResponseMessage response, CancellationToken cancellation) =>
        Parse(await ReadTextAsync(response, cancellation));

    private static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await response.Content.LoadIntoBufferAsync(OutboundHttp.AnswerBytesMax, cancellation);
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    private static ChatCompletionResponse Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<ChatCompletionResponse>(JsonEscapes.Replaced(json), Wire)
                ?? throw new ChatModelException("The model's endpoint answered null.");
        }
        catch (JsonException fault)
        {
            throw new ChatModelException("The model's endpoint answered with something that is not JSON.", fault);
        }
    }

    private ChatCompletionRequest NewRequest(IEnumerable<ChatMessage> messages, ChatOptions? chat, bool stream) => new(
        chat?.ModelId ?? options.Model,
        [.. messages.Select(message => new ChatCompletionMessage(message.Role.Value, message.Text))],
        chat?.Temperature,
        chat?.MaxOutputTokens,
        chat?.StopSequences is { Count: > 0 } stops ? [.. stops] : null,
        chat?.ResponseFormat is ChatResponseFormatJson ? new("json_object") : null,
        stream);

    private static TimeSpan Pause(int attempt) => FirstPause * Math.Pow(2, attempt - 1);

    private static TimeSpan? PauseOf(RetryConditionHeaderValue? header) =>
        header?.Delta is { } delta ? (delta < PauseMax ? delta : PauseMax) : null;

    private sealed class OverloadedException(string message, TimeSpan? pause) : Exception(message)
    {
        public TimeSpan? Pause { get; } = pause;
    }
}
