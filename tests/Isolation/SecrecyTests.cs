using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>Secrets are shown once, to whom they are for, and are then not stored, logged or answered.</summary>
public sealed class SecrecyTests : IAsyncLifetime
{
    private readonly LogLines log = new();
    private readonly List<string> answers = [];
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(
        settings: new Dictionary<string, string?>
        {
            ["Assay__Secrets__Keys__test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Assay__Secrets__CurrentKey"] = "test",
        },
        log: log);

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task No_secret_is_left_in_the_database_the_logs_or_later_answers()
    {
        var person = await Person.RegisterAsync(app);
        var secrets = new List<string> { Person.Password, person.Token, person.Token.Split('.')[2] };
        secrets.Add(await CreatedAsync(
            person.Client, "/api/keys", new { name = "a", scopes = new[] { "runs:read" } }, "key"));
        secrets.Add(await CreatedAsync(person.Client, "/api/invitations", new { role = "viewer" }, "token"));
        secrets.Add(await CreatedAsync(
            person.Client, "/api/webhooks", new { url = "https://example.com/hook", status = "paused" }, "secret"));
        var prompt = await person.Client.AddPromptAsync("Shared");
        secrets.Add(await CreatedAsync(
            person.Client, $"/api/prompts/{prompt.Id}/shares", new { grantee = "link", permission = "edit" }, "token"));
        answers.Add(await app.Client.GetStringAsync($"/api/shared/{secrets[^1]}"));
        await app.Client.PatchAsync($"/api/shared/{secrets[^1]}", new { title = "Changed" });
        const string ProviderKey = "sk-secrecy0123456789abcdefghijklmnop";
        await person.Client.PostAsJsonAsync(
            "/api/credentials", new { provider = "openai", name = "a", secret = ProviderKey });
        secrets.Add(ProviderKey);

        // Faults and refusals repeat what they were given gladly.
        await Person.LogInAsync(app, person.Email!, Person.Password + "x");
        await person.Client.PostAsJsonAsync("/api/keys", new { name = Person.Password, scopes = new[] { secrets[3] } });
        using var wrong = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        wrong.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secrets[3]}x");
        answers.Add(await (await app.Client.SendAsync(wrong)).Content.ReadAsStringAsync());
        var lists = RouteTable.Read(typeof(RouteTable).Assembly).Routes
            .Where(route => route.IsList && !route.Template.Contains('{'));
        foreach (var route in lists)
            answers.Add(await (await person.Client.GetAsync($"/api/{route.Template}")).Content.ReadAsStringAsync());

        var stored = await DumpAsync();
        Assert.Contains(person.Email!, stored);
        Assert.Contains(log.All, line => line.Contains("CreateKey"));
        foreach (var form in secrets.SelectMany(Forms))
        {
            Assert.DoesNotContain(form, stored, StringComparison.Ordinal);
            Assert.DoesNotContain(log.All, line => line.Contains(form, StringComparison.Ordinal));
            Assert.DoesNotContain(answers, answer => answer.Contains(form, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_every_test_is_searched_for_would_be_found()
    {
        var leaking = await AssayApp.StartNewAsync();
        var organization = await leaking.Database.AddOrganizationAsync();
        var owner = await leaking.ClientOfAsync(organization, Role.Owner);
        var key = owner.DefaultRequestHeaders.Authorization!.Parameter!;

        await owner.AddPromptAsync("A key in the open", $"Use {key}.");
        await owner.GetStringAsync("/api/prompts");
        await leaking.StopAsync();

        var stored = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(
            async () => await leaking.Database.DisposeAsync());
        Assert.Equal("There are secrets in core.entity, ops.event.", stored.Message);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(leaking.Answers.AssertNoneHeldASecret);
    }

    /// <summary>Every row of every table, bytes in hexadecimal.</summary>
    private async Task<string> DumpAsync()
    {
        var everything = await app.Database.ValueAsync<string>(
            """
            select string_agg(format('select t::text from %s t', c.oid::regclass), ' union all ')
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('ops', 'core', 'mart', 'durable_task')
            where c.relkind in ('r', 'p') and not c.relispartition
            """);
        return await app.Database.ValueAsync<string>($"select string_agg(line, '') from ({everything}) dump (line)");
    }

    // Base64 without its end, which depends on what follows.
    private static IEnumerable<string> Forms(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return [secret, Convert.ToBase64String(bytes)[..16], Convert.ToHexStringLower(bytes)];
    }

    private async Task<string> CreatedAsync(HttpClient client, string path, object body, string member)
    {
        var answer = JsonNode.Parse(await (await client.PostAsJsonAsync(path, body)).Content.ReadAsStringAsync())!;
        var secret = (string)answer[member]!;
        answer.AsObject().Remove(member);
        answers.Add(answer.ToJsonString());
        return secret;
    }
}
