using System.Net;

namespace Assay;

/// <summary>A client that keeps cookies, and follows redirects when it is told to.</summary>
internal sealed class Browser : IDisposable
{
    private readonly HttpClientHandler handler = new() { AllowAutoRedirect = false, UseCookies = true };
    private readonly HttpClient client;

    public Browser(Uri site) => client = new HttpClient(handler) { BaseAddress = site };

    /// <summary>From a start to where the provider sends the browser back to.</summary>
    /// <param name="token">Of a session, to link an account to it.</param>
    public async Task<Uri> GoAsync(string provider, string? returnTo = null, string? token = null)
    {
        var query = returnTo is null ? "" : $"?returnTo={Uri.EscapeDataString(returnTo)}";
        using var start = new HttpRequestMessage(HttpMethod.Get, $"/api/auth/{provider}/start{query}");
        if (token is not null)
            start.Headers.Authorization = new("Bearer", token);
        var sent = await client.SendAsync(start);
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        var back = await client.GetAsync(sent.Headers.Location);
        Assert.Equal(HttpStatusCode.Found, back.StatusCode);
        return back.Headers.Location!;
    }

    /// <summary>All of it.</summary>
    public async Task<HttpResponseMessage> SignInAsync(
        string provider, string? returnTo = null, string? token = null) =>
        await client.GetAsync(await GoAsync(provider, returnTo, token));

    public Task<HttpResponseMessage> GetAsync(Uri address) => client.GetAsync(address);

    public void Dispose()
    {
        client.Dispose();
        handler.Dispose();
    }
}
