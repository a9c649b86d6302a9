using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>
/// A server on loopback that speaks as Azure Key Vault does, with a real RSA key. An identity of its own opens it.
/// </summary>
internal sealed class FakeKeyVault : IAsyncDisposable
{
    public const string KeyId = "assay/0123456789abcdef0123456789abcdef";

    private static readonly string Challenge =
        $$"""
        Bearer realm="", error="insufficient_claims", claims="{{Convert.ToBase64String(
            """{"access_token":{"nbf":{"essential":true,"value":"1764547200"}}}"""u8)}}"
        """;

    private readonly WebApplication app;
    private readonly RSA key = RSA.Create(2048);
    private readonly ConcurrentQueue<int> failures = new();
    private readonly FakeIdentity identity = FakeIdentity.New();

    private FakeKeyVault(WebApplication app) => this.app = app;

    /// <summary>What the vault was asked to do, such as <c>wrapkey</c>.</summary>
    public ConcurrentQueue<string> Operations { get; } = new();

    /// <summary>How many tokens were handed out.</summary>
    public int Tokens => identity.Tokens;

    /// <summary>Number of the oldest token that still opens the vault.</summary>
    public int FirstToken { get; set; } = 1;

    public TimeSpan TokenLife { set => identity.TokenLife = value; }

    public string Url { get; private set; } = "";

    public static async Task<FakeKeyVault> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var vault = new FakeKeyVault(builder.Build());
        vault.app.MapPost($"/keys/{KeyId}/{{operation}}", vault.HandleAsync);
        await vault.app.StartAsync();
        var addresses = vault.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        vault.Url = addresses.Addresses.First();
        return vault;
    }

    /// <summary>Lets the next operations fail, one with each status.</summary>
    public void Fail(params int[] statuses)
    {
        foreach (var status in statuses)
            failures.Enqueue(status);
    }

    /// <summary>What an app that uses this vault is told.</summary>
    public Dictionary<string, string?> Settings() => new()
    {
        ["Assay__Secrets__KeyVault"] = Url,
        ["Assay__Secrets__CurrentKey"] = KeyId,
        ["Assay__Secrets__KeyVaultIdentity"] = identity.ClientId,
    };

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
        key.Dispose();
    }

    private async Task<IResult> HandleAsync(HttpRequest request, string operation)
    {
        Operations.Enqueue(operation);
        if (failures.TryDequeue(out var status))
            return Refuse(status, "Fault");
        if (identity.NumberOf($"{request.Headers.Authorization}") is not { } number || number < FirstToken)
        {
            request.HttpContext.Response.Headers.WWWAuthenticate = Challenge;
            return Refuse(401, "Unauthorized");
        }
        var body = (await request.ReadFromJsonAsync<JsonObject>())!;
        if (request.Query["api-version"] != "7.4" || (string?)body["alg"] != "RSA-OAEP-256")
            return Refuse(400, "BadParameter");
        try
        {
            var value = Base64Url.DecodeFromChars((string)body["value"]!);
            var result = operation == "wrapkey"
                ? key.Encrypt(value, RSAEncryptionPadding.OaepSHA256)
                : key.Decrypt(value, RSAEncryptionPadding.OaepSHA256);
            return Results.Json(new { kid = $"{Url}/keys/{KeyId}", value = Base64Url.EncodeToString(result) });
        }
        catch (CryptographicException)
        {
            return Refuse(400, "BadParameter");
        }
    }

    private static IResult Refuse(int status, string code) =>
        Results.Json(new { error = new { code, message = "hush" } }, statusCode: status);
}
