using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Assay.Local;

/// <summary>The request in the worker's own type, for functions that do not use ASP.NET Core's.</summary>
internal sealed class LocalHttpRequestData(FunctionContext context, HttpContext http) : HttpRequestData(context)
{
    private readonly HttpRequest request = http.Request;

    public override Stream Body => request.Body;

    public override HttpHeadersCollection Headers { get; } = new(
        http.Request.Headers.Select(header =>
            KeyValuePair.Create(header.Key, header.Value.Select(value => value ?? ""))));

    public override IReadOnlyCollection<IHttpCookie> Cookies { get; } =
        [.. http.Request.Cookies.Select(cookie => new HttpCookie(cookie.Key, cookie.Value))];

    public override Uri Url { get; } = new(http.Request.GetEncodedUrl());

    public override IEnumerable<ClaimsIdentity> Identities => http.User.Identities;

    public override string Method => request.Method;

    public override HttpResponseData CreateResponse() => new LocalHttpResponseData(FunctionContext);

    /// <summary>One object per invocation, whoever asks for it.</summary>
    public static LocalHttpRequestData Of(FunctionContext context, HttpContext http)
    {
        if (context.Features.Get<LocalHttpRequestData>() is { } existing)
            return existing;

        var created = new LocalHttpRequestData(context, http);
        context.Features.Set(created);
        return created;
    }
}

/// <summary>A response that is written to the client when the function has returned it.</summary>
internal sealed class LocalHttpResponseData(FunctionContext context) : HttpResponseData(context)
{
    private readonly LocalHttpCookies cookies = new();

    public override HttpStatusCode StatusCode { get; set; } = HttpStatusCode.OK;

    public override HttpHeadersCollection Headers { get; set; } = [];

    public override Stream Body { get; set; } = new MemoryStream();

    public override HttpCookies Cookies => cookies;

    public async Task WriteToAsync(HttpResponse response, CancellationToken cancellation)
    {
        response.StatusCode = (int)StatusCode;
        foreach (var (name, values) in Headers)
            response.Headers[name] = values.ToArray();
        foreach (var cookie in cookies.Appended)
            response.Cookies.Append(cookie.Name, cookie.Value, Options(cookie));
        if (Body.CanSeek)
            Body.Position = 0;
        await Body.CopyToAsync(response.Body, cancellation);
    }

    private static CookieOptions Options(IHttpCookie cookie) => new()
    {
        Domain = cookie.Domain,
        Expires = cookie.Expires,
        HttpOnly = cookie.HttpOnly ?? false,
        MaxAge = cookie.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Path = cookie.Path ?? "/",
        Secure = cookie.Secure ?? false,
        SameSite = cookie.SameSite switch
        {
            SameSite.Lax => SameSiteMode.Lax,
            SameSite.Strict => SameSiteMode.Strict,
            SameSite.ExplicitNone => SameSiteMode.None,
            _ => SameSiteMode.Unspecified,
        },
    };
}

internal sealed class LocalHttpCookies : HttpCookies
{
    private readonly List<IHttpCookie> appended = [];

    public IReadOnlyList<IHttpCookie> Appended => appended;

    public override void Append(string name, string value) => appended.Add(new HttpCookie(name, value));

    public override void Append(IHttpCookie cookie) => appended.Add(cookie);

    public override IHttpCookie CreateNew() => new HttpCookie("name", "");
}
