using System.Net;

namespace Assay;

/// <summary>
/// The way of all requests to models. Each one is given its key, counts against the provider's limits for the
/// organization, and leaves what went wrong with its credential. Addresses are relative to the provider's.
/// </summary>
public sealed class ProviderHttp(ProviderKeys keys, ProviderConnections connections)
{
    /// <summary>
    /// Sends with the organization's key for a provider, else with the installation's. Answers come once their headers
    /// are there.
    /// </summary>
    /// <remarks>
    /// A request fails with <see cref="RateLimitedException"/> when a limit is used up, and with
    /// <see cref="ProviderUnusableException"/> when there is no key.
    /// </remarks>
    public HttpMessageInvoker To(string provider, InstallationKey installation) =>
        new(new Handler(keys, connections, provider, installation));

    private sealed class Handler(
        ProviderKeys keys, ProviderConnections connections, string provider, InstallationKey installation)
        : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellation)
        {
            var key = await keys.UseAsync(provider, installation, cancellation)
                ?? throw new ProviderUnusableException($"There is no key for {provider}, or it is turned off.");
            key.Address(request);
            try
            {
                var response = await connections.Of(key).SendAsync(
                    request, HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (Fault(response.StatusCode) is { } fault)
                    await keys.RecordFaultAsync(key, fault, cancellation);
                return response;
            }
            catch (HttpRequestException e)
            {
                await keys.RecordFaultAsync(key, KeyTrial.Fault(e), cancellation);
                throw;
            }
        }

        // In our words, because some providers' repeat the key.
        private static string? Fault(HttpStatusCode status) => (int)status switch
        {
            < 400 => null,
            401 or 403 => $"The provider refuses the key, with status {(int)status}.",
            _ => $"The provider answers with status {(int)status}.",
        };
    }
}

/// <summary>Where requests go out: to addresses that users name by the one way for these.</summary>
public sealed class ProviderConnections(OutboundHttp outbound) : IDisposable
{
    // Who calls limits the time. A redirect would take the key elsewhere.
    private readonly HttpClient named = outbound.NewClient(Timeout.InfiniteTimeSpan);
    private readonly HttpClient configured = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The installation's own settings may name a server beside it.</summary>
    internal HttpClient Of(UsableCredential key) => key.Id is null ? configured : named;

    public void Dispose()
    {
        named.Dispose();
        configured.Dispose();
    }
}

/// <summary>Nothing can be asked of a provider. The message says why, and may be shown to users.</summary>
public sealed class ProviderUnusableException(string message) : Exception(message);
