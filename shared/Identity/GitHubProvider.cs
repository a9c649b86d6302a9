using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Assay;

/// <summary>GitHub, which speaks OAuth 2 and its own API instead of OpenID Connect.</summary>
internal sealed class GitHubProvider(IdentityProviderOptions options, IdentityProviderHttp http) : IIdentityProvider
{
    private const string ScopesByDefault = "read:user user:email";

    public string Name => IdentityProviderOptions.GitHub;

    public Task<Uri> AuthorizationAsync(ProviderVisit visit, CancellationToken cancellation) =>
        Task.FromResult(new Uri(QueryHelpers.AddQueryString(
            $"{options.BaseUrl}/login/oauth/authorize",
            new Dictionary<string, string?>
            {
                ["client_id"] = options.ClientId,
                ["redirect_uri"] = visit.RedirectUri,
                ["scope"] = options.Scopes ?? ScopesByDefault,
                ["state"] = visit.State,
                ["code_challenge"] = visit.CodeChallenge,
                ["code_challenge_method"] = "S256",
            })));

    public async Task<ExternalIdentity> RedeemAsync(
        ProviderVisit visit, string code, string? issuer, CancellationToken cancellation)
    {
        var tokens = await http.PostAsync(
            $"{options.BaseUrl}/login/oauth/access_token",
            new Dictionary<string, string>
            {
                ["client_id"] = options.ClientId,
                ["client_secret"] = options.ClientSecret ?? "",
                ["code"] = code,
                ["redirect_uri"] = visit.RedirectUri,
                ["code_verifier"] = visit.CodeVerifier,
            },
            null, cancellation);
        // A code that is wrong is answered with 200 and an error.
        if (OpenIdMetadata.Text(tokens, "access_token") is not { } token)
            throw new IdentityProviderException("GitHub did not take the code.");

        var user = await http.GetAsync($"{options.ApiUrl}/user", token, cancellation);
        if (user["id"] is not JsonValue id || !id.TryGetValue<long>(out var number))
            throw new IdentityProviderException("GitHub did not say who it is.");
        var email = await FindEmailAsync(token, cancellation);
        return new ExternalIdentity(
            Name, $"{number}", email, email is not null,
            OpenIdMetadata.Text(user, "name") ?? OpenIdMetadata.Text(user, "login"),
            OpenIdMetadata.Text(user, "avatar_url"), ExternalIdentity.ProfileOf(user),
            tokens.ToJsonString());
    }

    private async Task<string?> FindEmailAsync(string token, CancellationToken cancellation)
    {
        var listed = await http.ListAsync($"{options.ApiUrl}/user/emails", token, cancellation);
        var primary = listed.OfType<JsonObject>()
            .FirstOrDefault(email => IsTrue(email, "primary") && IsTrue(email, "verified"));
        return primary is null ? null : OpenIdMetadata.Text(primary, "email");
    }

    private static bool IsTrue(JsonObject json, string name) => json[name]?.GetValueKind() == JsonValueKind.True;
}
