using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Description;
using Microsoft.Azure.WebJobs.Host.Config;

namespace Assay.Hosting;

/// <summary>What extensions answer under <c>/runtime/webhooks/{extension}</c>, such as the management of Durable.</summary>
internal sealed class Webhooks(HostKeys keys) : IWebHookProvider
{
    private readonly ConcurrentDictionary<string, IAsyncConverter<HttpRequestMessage, HttpResponseMessage>> handlers =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the host listens, once it does.</summary>
    public Uri? Address { get; set; }

    public Uri GetUrl(IExtensionConfigProvider extension)
    {
        var attribute = (ExtensionAttribute?)Attribute.GetCustomAttribute(extension.GetType(), typeof(ExtensionAttribute));
        var name = (attribute?.ConfigurationSection ?? attribute?.Name ?? extension.GetType().Name).ToLowerInvariant();
        if (extension is IAsyncConverter<HttpRequestMessage, HttpResponseMessage> handler)
            handlers[name] = handler;
        return new Uri(Address!, $"/runtime/webhooks/{name}{(keys.AreAskedFor ? $"?code={keys.Master}" : "")}");
    }

    public async Task AnswerAsync(HttpContext context, string extension)
    {
        if (!handlers.TryGetValue(extension, out var handler))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), context.Request.GetEncodedUrl())
        {
            Content = new StreamContent(context.Request.Body),
        };
        foreach (var (name, values) in context.Request.Headers)
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());

        using var answer = await handler.ConvertAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!string.Equals(name, "Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                context.Response.Headers[name] = values.ToArray();
        if (context.Response.StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified))
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
