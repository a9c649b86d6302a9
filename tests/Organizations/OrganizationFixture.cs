using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>An app for the tests of this folder, and requests as they need them.</summary>
public sealed class OrganizationFixture : IAsyncLifetime
{
    private readonly MailServer smtp = MailServer.Start();

    public AssayApp App { get; private set; } = null!;

    public TestDatabase Database => App.Database;

    public async Task InitializeAsync() => App = await AssayApp.StartAsync(settings: smtp.Settings);

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await smtp.DisposeAsync();
    }

    /// <summary>Invites somebody. The token comes by mail to who has an address.</summary>
    public async Task<(Guid Id, string Token)> InviteAsync(HttpClient client, string role, string? email = null)
    {
        var before = smtp.Received.Count;
        var answer = await client.PostAsJsonAsync("/api/invitations", new { role, email });
        var created = await ReadAsync(answer, HttpStatusCode.Created);
        Assert.Equal($"/api/invitations/{created["invitation"]!["id"]}", answer.Headers.Location!.ToString());
        Assert.Equal(email is null, created["token"] is not null);
        return ((Guid)created["invitation"]!["id"]!, email is null
            ? (string)created["token"]!
            : await smtp.TokenAsync(email, "asi_", before));
    }

    /// <summary>The mail by which somebody is invited.</summary>
    public async Task<string> InvitationMailAsync(HttpClient client, string email)
    {
        var before = smtp.Received.Count;
        await ReadAsync(
            await client.PostAsJsonAsync("/api/invitations", new { role = "viewer", email }), HttpStatusCode.Created);
        return await smtp.ReceiveAsync(email, "asi_", before);
    }

    /// <summary>The stores as a person uses them, for what needs a person's session.</summary>
    public async Task<T> AsPersonAsync<T>(Guid user, Func<OrganizationRegistry, InvitationStore, Task<T>> use)
    {
        var scope = new OrganizationScope();
        scope.Enter(null, new Actor(ActorKind.User, user, user));
        var database = new IdentityDatabase(Database.Pools, scope);
        var caps = new Caps(Database.SettingsOf(scope));
        var registry = new OrganizationRegistry(Database.Pools, database, scope, caps);
        return await use(registry, new InvitationStore(database, scope, registry, caps));
    }

    /// <summary>Sends a request whose <c>If-Match</c> is what a GET of the same path gives.</summary>
    public static async Task<HttpResponseMessage> ChangeAsync(
        HttpClient client, HttpMethod method, string path, object? body = null)
    {
        var known = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.IfMatch.Add(known.Headers.ETag!);
        if (body is not null)
            request.Content = JsonContent.Create(body, new MediaTypeHeaderValue("application/merge-patch+json"));
        return await client.SendAsync(request);
    }

    public static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{(int)answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
