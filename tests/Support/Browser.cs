using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>A client that keeps cookies, and follows redirects when it is told to.</summary>
internal sealed class Browser : IDisposable
{
    /// <summary>What the page that a sign-in returns to keeps, and the challenge of it.</summary>
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private readonly HttpClientHandler handler = new() { AllowAutoRedirect = false, UseCookies = false };
    // By name alone: the paths of a test's few cookies keep nothing apart.
    private readonly Dictionary<string, string> cookies = [];
    private readonly HttpClient client;
    private readonly Uri site;

    public Browser(Uri site) => (client, this.site) = (new HttpClient(handler) { BaseAddress = site }, site);

    /// <summary>From a start to where the provider sends the browser back to.</summary>
    /// <param name="token">Of a session, to link an account to it.</param>
    public async Task<Uri> GoAsync(
        string provider, string? returnTo = null, string? token = null, string? invitation = null)
    {
        var at = invitation is null
            ? await StartAsync(provider, returnTo, token)
            : await StartInvitedAsync(provider, invitation);
        for (var hops = 0; !site.IsBaseOf(at); hops++)
        {
            Assert.True(hops < 10, $"{at} leads on and on.");
            var next = await GetAsync(at);
            Assert.True(next.StatusCode is HttpStatusCode.Found or HttpStatusCode.SeeOther,
                $"{at} answered {(int)next.StatusCode}: {await next.Content.ReadAsStringAsync()}");
            at = new Uri(at, next.Headers.Location!);
        }
        return at;
    }

    /// <summary>All of it.</summary>
    public async Task<HttpResponseMessage> SignInAsync(
        string provider, string? returnTo = null, string? token = null, string? invitation = null) =>
        await GetAsync(await GoAsync(provider, returnTo, token, invitation));

    public async Task<HttpResponseMessage> GetAsync(Uri address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        return await SendAsync(request);
    }

    private async Task<Uri> StartAsync(string provider, string? returnTo, string? token)
    {
        var query = returnTo is not null ? $"?returnTo={Uri.EscapeDataString(returnTo)}&challenge={Challenge}" : "";
        using var start = new HttpRequestMessage(HttpMethod.Get, $"/api/auth/{provider}/start{query}");
        if (token is not null)
            start.Headers.Authorization = new("Bearer", token);
        var sent = await SendAsync(start);
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        return sent.Headers.Location!;
    }

    private async Task<Uri> StartInvitedAsync(string provider, string invitation)
    {
        using var start = new HttpRequestMessage(HttpMethod.Post, $"/api/auth/{provider}/start")
        {
            Content = JsonContent.Create(new { invitation }),
        };
        var told = await SendAsync(start);
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        return new((string)(await told.Content.ReadFromJsonAsync<JsonObject>())!["location"]!);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        if (cookies.Count > 0)
            request.Headers.Add("Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        var answer = await client.SendAsync(request);
        if (answer.Headers.TryGetValues("Set-Cookie", out var set))
            foreach (var cookie in set.Select(line => line.Split(';')[0].Split('=', 2)))
                if (cookie[1].Length > 0)
                    cookies[cookie[0]] = cookie[1];
                else
                    cookies.Remove(cookie[0]);
        return answer;
    }

    public void Dispose()
    {
        client.Dispose();
        handler.Dispose();
    }
}
