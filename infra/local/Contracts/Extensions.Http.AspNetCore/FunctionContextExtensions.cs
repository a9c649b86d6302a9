using Microsoft.AspNetCore.Http;

namespace Microsoft.Azure.Functions.Worker;

public static class FunctionContextExtensions
{
    /// <summary>Under this key of <see cref="FunctionContext.Items"/> the host puts the request.</summary>
    internal const string HttpContextKey = "HttpRequestContext";

    /// <summary>Null when the invocation was not triggered by HTTP.</summary>
    public static HttpContext? GetHttpContext(this FunctionContext context) =>
        context.Items.TryGetValue(HttpContextKey, out var item) ? item as HttpContext : null;
}
