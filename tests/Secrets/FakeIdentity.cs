using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>
/// A managed identity of the process, which gets its tokens from an endpoint on loopback that speaks as App Service's
/// does (api-version 2019-08-01). The endpoint is the process's, so tests tell themselves apart by identities.
/// </summary>
internal sealed class FakeIdentity
{
    private static readonly Lazy<string> endpoint = new(Start);
    private static readonly ConcurrentDictionary<string, FakeIdentity> known = new();

    private int tokens;

    public string ClientId { get; } = $"{Guid.NewGuid()}";

    /// <summary>How many tokens were handed out.</summary>
    public int Tokens => tokens;

    public TimeSpan TokenLife { get; set; } = TimeSpan.FromHours(24);

    public static FakeIdentity New()
    {
        _ = endpoint.Value;
        var identity = new FakeIdentity();
        known[identity.ClientId] = identity;
        return identity;
    }

    /// <summary>The number of a token of this identity, from 1; null for anything else.</summary>
    public int? NumberOf(string authorization) =>
        authorization.StartsWith($"Bearer {ClientId}.", StringComparison.Ordinal)
            ? int.Parse(authorization[(authorization.LastIndexOf('.') + 1)..])
            : null;

    // Read from the environment by the credential, as Azure sets it.
    private static string Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/msi/token", GiveToken);
        app.Start();
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", "identity header");
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", $"{app.Urls.First()}/msi/token");
        return app.Urls.First();
    }

    private static IResult GiveToken(HttpRequest request)
    {
        if (request.Headers["X-IDENTITY-HEADER"] != "identity header"
            || request.Query["resource"] != "https://vault.azure.net" || request.Query["api-version"] != "2019-08-01"
            || !known.TryGetValue($"{request.Query["client_id"]}", out var identity))
            return Results.StatusCode(400);
        // Seconds since 1970, as a string.
        return Results.Json(new
        {
            access_token = $"{identity.ClientId}.{Interlocked.Increment(ref identity.tokens)}",
            expires_on = (DateTimeOffset.UtcNow + identity.TokenLife).ToUnixTimeSeconds().ToString(),
            resource = "https://vault.azure.net",
            token_type = "Bearer",
        });
    }
}
