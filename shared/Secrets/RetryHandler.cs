using System.Net;

namespace Assay;

/// <summary>Tries a request up to three times while the other side is overloaded, broken or away.</summary>
internal sealed class RetryHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    private const int AttemptsMax = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var pause = FirstPause * Math.Pow(2, attempt - 1);
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                if (attempt == AttemptsMax || !IsPassing(response.StatusCode))
                    return response;
                if (response.Headers.RetryAfter?.Delta is { } asked)
                    pause = asked < PauseMax ? asked : PauseMax;
                response.Dispose();
            }
            catch (HttpRequestException) when (attempt < AttemptsMax)
            {
            }
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
}
