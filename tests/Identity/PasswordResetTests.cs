using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace Assay;

public sealed partial class PasswordResetTests : IAsyncLifetime
{
    private const string Next = "another staple 42 battery";

    private readonly MailServer smtp = MailServer.Start();
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(settings: smtp.Settings);

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await smtp.DisposeAsync();
    }

    [Fact]
    public async Task A_mailed_token_sets_a_password_once_and_ends_all_sessions()
    {
        var person = await Person.RegisterAsync(app);
        var token = await RequestAsync(person.Email!);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(token, "short"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync($"{token}x", Next));
        Assert.Equal(HttpStatusCode.NoContent, await ConfirmAsync(token, Next));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(token, Person.Password));

        await person.SignedOutAsync();
        Assert.True(await (await person.AgainAsync(app, Next)).IsSignedInAsync());
        Assert.True(await app.Database.ValueAsync<bool>("select email_verified_at is not null from ops.user_account"));
        Assert.Equal(0, await app.Database.ValueAsync<long>(
            $"select count(*) from ops.account_token t where t::text like '%{token}%'"));
    }

    [Theory]
    [InlineData("update ops.account_token set expires_at = now()")]
    [InlineData("update ops.user_account set email = 'moved@example.com'")]
    [InlineData("update ops.user_account set is_active = false")]
    public async Task A_token_ends_with_its_time_its_address_and_its_account(string end)
    {
        var person = await Person.RegisterAsync(app);
        var token = await RequestAsync(person.Email!);

        await app.Database.ExecuteAsync(end);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(token, Next));
    }

    [Fact]
    public async Task A_second_token_replaces_the_first()
    {
        var person = await Person.RegisterAsync(app);
        var first = await RequestAsync(person.Email!);
        var second = await RequestAsync(person.Email!);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(first, Next));
        Assert.Equal(HttpStatusCode.NoContent, await ConfirmAsync(second, Next));
    }

    [Fact]
    public async Task Nothing_tells_whether_there_is_such_an_account()
    {
        var known = await Person.RegisterAsync(app);

        var answers = new List<HttpResponseMessage>();
        foreach (var email in new[] { known.Email!, "nobody@example.com" })
            answers.Add(await app.Client.PostAsJsonAsync("/api/auth/password-reset", new { email }));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
        Assert.Equal(
            await answers[0].Content.ReadAsStringAsync(), await answers[1].Content.ReadAsStringAsync());
        await smtp.ReceiveAsync(known.Email!, "password");
        Assert.DoesNotContain(smtp.Received, mail => mail.Contains("nobody@example.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_made_an_account_with_anothers_address_loses_it_to_who_reads_the_mail()
    {
        var attacker = await Person.RegisterAsync(app, "victim@example.com");
        var user = await attacker.IdAsync(app);
        var organization = await app.Database.ValueAsync<Guid>("select id from ops.organization");
        var key = Person.With(app, null, await app.Database.AddKeyAsync(organization, user)).Client;
        Assert.Equal(HttpStatusCode.OK, (await key.GetAsync("/api/runs")).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, await ConfirmAsync(await RequestAsync("victim@example.com"), Next));

        await attacker.SignedOutAsync();
        await Eventually.TrueAsync(
            async () => (await key.GetAsync("/api/runs")).StatusCode == HttpStatusCode.Unauthorized,
            TimeSpan.FromSeconds(1), () => "The key of the attacker still works.");
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await Person.LogInAsync(app, "victim@example.com", Person.Password)).StatusCode);
    }

    [Fact]
    public async Task An_address_is_verified_by_who_reads_its_mail_and_is_signed_in()
    {
        var person = await Person.RegisterAsync(app);
        var other = await Person.RegisterAsync(app);
        var token = await smtp.ReceiveAsync(person.Email!, "Confirm");
        token = Token().Match(token).Value;

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await VerifyAsync(other, token));
        Assert.Equal(HttpStatusCode.OK, await VerifyAsync(person, token));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await VerifyAsync(person, token));
        Assert.True((bool)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["emailVerified"]!);
        Assert.Equal(
            HttpStatusCode.Accepted, (await person.Client.PostAsync("/api/me/email-verification", null)).StatusCode);
    }

    [Fact]
    public async Task Without_a_server_mail_is_in_a_folder()
    {
        var outbox = Directory.CreateTempSubdirectory("assay-test-outbox");
        await using var local = await AssayApp.StartAsync(
            settings: new Dictionary<string, string?> { ["Assay__Mail__Outbox"] = outbox.FullName });
        var person = await Person.RegisterAsync(local);

        var mail = await Eventually.GetAsync(
            async () => outbox.GetFiles() is [var file]
                && await File.ReadAllTextAsync(file.FullName) is { Length: > 0 } text ? text : null,
            null, () => "There is no mail.");

        Assert.Contains($"To: {person.Email}", mail);
        Assert.Matches(Token(), mail);
        outbox.Delete(recursive: true);
    }

    private async Task<string> RequestAsync(string email)
    {
        var before = smtp.Received.Count;
        var answer = await app.Client.PostAsJsonAsync("/api/auth/password-reset", new { email });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return Token().Match(await smtp.ReceiveAsync(email, "password", before)).Value;
    }

    private async Task<HttpStatusCode> ConfirmAsync(string token, string password) =>
        (await app.Client.PostAsJsonAsync("/api/auth/password-reset/confirm", new { token, password })).StatusCode;

    private static async Task<HttpStatusCode> VerifyAsync(Person person, string token) =>
        (await person.Client.PostAsJsonAsync("/api/me/email-verification/confirm", new { token })).StatusCode;

    [GeneratedRegex(@"as[rv]_[\w-]{32}")]
    private static partial Regex Token();
}
