using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Somebody who registered, with a client that carries their session.</summary>
internal sealed class Person(HttpClient client, string? email, string token)
{
    public const string Password = "purple anchor 88 lantern";

    public HttpClient Client { get; } = client;

    public string? Email { get; } = email;

    public string Token { get; } = token;

    /// <param name="email">Null makes one up.</param>
    public static async Task<Person> RegisterAsync(AssayApp app, string? email = null)
    {
        email ??= $"{Guid.NewGuid():n}@example.com";
        var answer = await app.Client.PostAsJsonAsync("/api/auth/register", new { email, password = Password });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return With(app, email, (string)(await ReadAsync(answer))["token"]!);
    }

    public static Person With(AssayApp app, string? email, string token)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return new Person(client, email, token);
    }

    /// <summary>Signs in once more, as on another device.</summary>
    public async Task<Person> AgainAsync(AssayApp app, string password = Password)
    {
        var answer = await LogInAsync(app, Email!, password);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return With(app, Email, (string)(await ReadAsync(answer))["token"]!);
    }

    public async Task<Guid> IdAsync(AssayApp app) => await app.Database.ValueAsync<Guid>(
        $"select id from ops.user_account where email = '{Email}'");

    public static Task<HttpResponseMessage> LogInAsync(AssayApp app, string email, string password) =>
        app.Client.PostAsJsonAsync("/api/auth/login", new { email, password });

    public static async Task<JsonObject> ReadAsync(HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();

    /// <summary>Whether the session is good for anything.</summary>
    public async Task<bool> IsSignedInAsync() =>
        (await Client.GetAsync("/api/sessions")).StatusCode == HttpStatusCode.OK;

    /// <summary>Waits for the session to be refused, a second at most.</summary>
    public Task SignedOutAsync() => Eventually.TrueAsync(
        async () => !await IsSignedInAsync(), TimeSpan.FromSeconds(1), () => "The session still works.");
}
