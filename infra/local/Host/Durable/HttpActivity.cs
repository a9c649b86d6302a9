using System.Net;
using System.Text;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.Extensions.Primitives;

namespace Assay.Local;

/// <summary>
/// The activity behind <c>CallHttpAsync</c>: one HTTP call whose answer, any status included, goes into the history.
/// Retries what the request's options say, and follows an answer of 202 to its end when asked.
/// </summary>
internal sealed class HttpActivity(DataConverter converter, TimeProvider time) : IDisposable
{
    static readonly TimeSpan pollInterval = TimeSpan.FromSeconds(30);

    readonly HttpClient http = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<string?> RunAsync(ActivityCall call, CancellationToken cancellation)
    {
        var request = converter.Deserialize<DurableHttpRequest>(call.Input)
            ?? throw new ArgumentException("CallHttpAsync needs a request.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (request.Timeout is { } timeout)
            limit.CancelAfter(timeout);

        var answer = await SendWithRetriesAsync(request, request.Method, request.Uri, limit.Token);
        while (request.AsynchronousPatternEnabled && answer.StatusCode == HttpStatusCode.Accepted
            && Header(answer, "Location") is { } location)
        {
            var wait = int.TryParse(Header(answer, "Retry-After"), out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : pollInterval;
            await Task.Delay(wait, time, limit.Token);
            answer = await SendWithRetriesAsync(request, HttpMethod.Get, new Uri(request.Uri, location), limit.Token);
        }
        return converter.Serialize(answer);
    }

    public void Dispose() => http.Dispose();

    async Task<DurableHttpResponse> SendWithRetriesAsync(
        DurableHttpRequest request, HttpMethod method, Uri uri, CancellationToken cancellation)
    {
        var retry = request.HttpRetryOptions;
        var began = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var answer = await SendAsync(request, method, uri, cancellation);
            if (retry is null || attempt >= retry.MaxNumberOfAttempts || !IsRetried(retry, answer.StatusCode)
                || time.GetElapsedTime(began) >= retry.RetryTimeout)
            {
                return answer;
            }
            var milliseconds =
                retry.FirstRetryInterval.TotalMilliseconds * Math.Pow(retry.BackoffCoefficient, attempt - 1);
            await Task.Delay(
                milliseconds < retry.MaxRetryInterval.TotalMilliseconds
                    ? TimeSpan.FromMilliseconds(milliseconds)
                    : retry.MaxRetryInterval,
                time, cancellation);
        }
    }

    async Task<DurableHttpResponse> SendAsync(
        DurableHttpRequest request, HttpMethod method, Uri uri, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(method, uri);
        if (request.Content is not null && method == request.Method)
            message.Content = new StringContent(request.Content, Encoding.UTF8, "application/json");
        foreach (var (name, values) in request.Headers ?? new Dictionary<string, StringValues>())
        {
            if (message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values) || message.Content is null)
                continue;
            message.Content.Headers.Remove(name);
            message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        using var response = await http.SendAsync(message, cancellation);
        return new(response.StatusCode)
        {
            Headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
                header => header.Key, header => new StringValues([.. header.Value])),
            Content = await response.Content.ReadAsStringAsync(cancellation),
        };
    }

    static bool IsRetried(HttpRetryOptions retry, HttpStatusCode status) =>
        retry.StatusCodesToRetry.Count == 0 ? (int)status >= 400 : retry.StatusCodesToRetry.Contains(status);

    static string? Header(DurableHttpResponse answer, string name) =>
        answer.Headers!.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Value.FirstOrDefault();
}
