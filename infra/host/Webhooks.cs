using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.WebJobs.Description;
using Microsoft.Azure.WebJobs.Host.Config;
using Yarp.ReverseProxy.Forwarder;
using Handler = Microsoft.Azure.WebJobs.IAsyncConverter<
    System.Net.Http.HttpRequestMessage, System.Net.Http.HttpResponseMessage>;

namespace Assay.Hosting;

/// <summary>What extensions answer under <c>/runtime/webhooks/{extension}</c>, as Durable does.</summary>
internal sealed class Webhooks(HostKeys keys) : IWebHookProvider
{
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> handlers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the host listens, once it does.</summary>
    public Uri? Address { get; set; }

    public Uri GetUrl(IExtensionConfigProvider extension)
    {
        var attribute = extension.GetType().GetCustomAttribute<ExtensionAttribute>();
        var name = (attribute?.ConfigurationSection ?? attribute?.Name ?? extension.GetType().Name).ToLowerInvariant();
        if (extension is Handler handler)
            handlers[name] = new HttpMessageInvoker(new InProcess(handler));
        return new Uri(Address!, $"/runtime/webhooks/{name}{(keys.AreAskedFor ? $"?code={keys.Master}" : "")}");
    }

    public async Task AnswerAsync(HttpContext context, string extension, IHttpForwarder forwarder)
    {
        if (handlers.TryGetValue(extension, out var handler))
            await forwarder.SendAsync(context, $"{context.Request.Scheme}://{context.Request.Host}", handler);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    /// <summary>Extensions take requests as HttpClient sends them, so they are forwarded as to a server.</summary>
    private sealed class InProcess(Handler handler) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken) =>
            handler.ConvertAsync(request, cancellationToken);
    }
}
