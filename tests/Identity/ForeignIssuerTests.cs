using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Signing in with a certified OpenID provider of somebody else's, as it is.</summary>
public sealed class ForeignIssuerTests : IAsyncLifetime
{
    private Process issuer = null!;
    private AssayApp app = null!;

    public async Task InitializeAsync()
    {
        if (NeedsIssuerTheoryAttribute.Issuer is not { } program)
            return;
        issuer = Process.Start(new ProcessStartInfo("node", [program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var address = await issuer.StandardOutput.ReadLineAsync();
        var settings = new Dictionary<string, string?>();
        foreach (var client in new[] { "rs256", "es256", "public" })
        {
            settings[$"Assay__OAuth__{client}__Issuer"] = address;
            settings[$"Assay__OAuth__{client}__ClientId"] = client;
            settings[$"Assay__OAuth__{client}__ClientSecret"] =
                client == "public" ? null : "client secret, with: signs+";
        }
        app = await AssayApp.StartAsync(settings: settings);
    }

    public async Task DisposeAsync()
    {
        if (issuer is null)
            return;
        issuer.StandardInput.Close();
        await app.DisposeAsync();
        await issuer.WaitForExitAsync();
        issuer.Dispose();
    }

    /// <summary>Signed in either way, with a client's secret or none, and the address from the user info.</summary>
    [NeedsIssuerTheory]
    [InlineData("rs256")]
    [InlineData("es256")]
    [InlineData("public")]
    public async Task Somebody_elses_provider_lets_people_in_and_they_come_back(string client)
    {
        var (first, second) = (await ArriveAsync(client), await ArriveAsync(client));

        Assert.Equal("ada@example.com", (string?)first["email"]);
        Assert.True((bool)first["emailVerified"]!);
        Assert.Equal("Ada", (string?)first["name"]);
        Assert.Equal((string?)first["id"], (string?)second["id"]);
    }

    [NeedsIssuerTheory]
    [InlineData("rs256")]
    public async Task A_code_of_it_is_good_once_and_in_its_own_browser(string client)
    {
        using var browser = new Browser(app.Address);
        using var other = new Browser(app.Address);
        var back = await browser.GoAsync(client);
        var own = await other.GoAsync(client);
        var code = back.Query.Split("code=")[1].Split('&')[0];
        var injected = new Uri($"{own}".Replace(own.Query.Split("code=")[1].Split('&')[0], code));

        Assert.Equal(HttpStatusCode.BadRequest, (await other.GetAsync(back)).StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, (await other.GetAsync(injected)).StatusCode);
        Assert.Equal(0, await app.Database.ValueAsync<long>("select count(*) from ops.user_account"));
    }

    private async Task<JsonObject> ArriveAsync(string client)
    {
        using var browser = new Browser(app.Address);
        var answer = await browser.SignInAsync(client);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var person = Person.With(app, null, (string)(await Person.ReadAsync(answer))["token"]!);
        return await Person.ReadAsync(await person.Client.GetAsync("/api/me"));
    }
}

/// <summary>Skipped where npm could not bring the provider; <c>./dev test</c> tries.</summary>
internal sealed class NeedsIssuerTheoryAttribute : TheoryAttribute
{
    public static readonly string? Issuer =
        Environment.GetEnvironmentVariable("ASSAY_OPENID_ISSUER") is { } path && File.Exists(path) ? path : null;

    public NeedsIssuerTheoryAttribute() =>
        Skip = Issuer is null ? "The OpenID provider is not installed: npm could not bring it." : null;
}
