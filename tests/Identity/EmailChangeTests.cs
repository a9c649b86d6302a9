using System.Net;
using System.Net.Http.Json;

namespace Assay;

public sealed class EmailChangeTests : IAsyncLifetime
{
    private readonly MailServer smtp = MailServer.Start();
    private readonly string wanted = $"{Guid.NewGuid():n}@example.com";
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(settings: smtp.Settings);

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await smtp.DisposeAsync();
    }

    [Fact]
    public async Task An_address_changes_when_its_token_is_used_and_both_addresses_are_told()
    {
        var person = await Person.RegisterAsync(app);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await AskAsync(person, wanted, "another password"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await AskAsync(person, wanted, null));
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(person, wanted));
        var token = await smtp.TokenAsync(wanted, "ase_");
        Assert.Contains(wanted, await smtp.ReceiveAsync(person.Email!, "about to change"));
        Assert.Equal(person.Email, await EmailAsync(person));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(person, $"{token}x"));
        Assert.Equal(HttpStatusCode.OK, await ConfirmAsync(person, token));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(person, token));

        Assert.Equal(wanted, await EmailAsync(person));
        Assert.Equal(HttpStatusCode.OK, (await Person.LogInAsync(app, wanted, Person.Password)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await Person.LogInAsync(app, person.Email!, Person.Password)).StatusCode);
    }

    [Fact]
    public async Task What_else_was_mailed_ends_with_the_old_address_and_all_of_it_is_an_event()
    {
        var person = await Person.RegisterAsync(app);
        var verification = await smtp.TokenAsync(person.Email!, "asv_");
        await app.Client.PostAsJsonAsync("/api/auth/password-reset", new { email = person.Email });
        var reset = await smtp.TokenAsync(person.Email!, "asr_");
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(person, wanted));

        Assert.Equal(HttpStatusCode.OK, await ConfirmAsync(person, await smtp.TokenAsync(wanted, "ase_")));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await app.Client.PostAsJsonAsync(
            "/api/auth/password-reset/confirm",
            new { token = reset, password = "another staple 42 battery" })).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await person.Client.PostAsJsonAsync(
            "/api/me/email-verification/confirm", new { token = verification })).StatusCode);
        Assert.Equal(1, await EventsAsync(
            $"entity_type = 'account_token' and action = 'created' and after_state ->> 'email' = '{wanted}'"));
        Assert.Equal(1, await EventsAsync(
            $"""
            entity_type = 'user_account' and before_state ->> 'email' = '{person.Email}'
                and after_state ->> 'email' = '{wanted}' and actor_type = 'user'
            """));
    }

    [Fact]
    public async Task Nothing_tells_whether_the_new_address_belongs_to_somebody_but_its_mail()
    {
        var (person, other) = (await Person.RegisterAsync(app), await Person.RegisterAsync(app));

        var free = await person.Client.PostAsJsonAsync("/api/me/email", Body(wanted));
        var taken = await person.Client.PostAsJsonAsync("/api/me/email", Body(other.Email!));

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (free.StatusCode, taken.StatusCode));
        Assert.Equal(await free.Content.ReadAsStringAsync(), await taken.Content.ReadAsStringAsync());
        var token = await smtp.TokenAsync(other.Email!, "ase_");
        Assert.Equal(HttpStatusCode.Conflict, await ConfirmAsync(person, token));
        Assert.Equal(person.Email, await EmailAsync(person));
        Assert.Equal(other.Email, await EmailAsync(other));
    }

    [Fact]
    public async Task Nobody_gets_an_address_that_is_not_theirs_nor_confirms_one_for_another()
    {
        // The attacker asks for the victim's address, verified or not, and waits for the victim to open the mail.
        var (attacker, victim) = (await Person.RegisterAsync(app), await Person.RegisterAsync(app));
        foreach (var verified in new[] { "null", "now()" })
        {
            await app.Database.ExecuteAsync(
                $"update ops.user_account set email_verified_at = {verified} where email = '{victim.Email}'");
            var before = smtp.Received.Count;
            Assert.Equal(HttpStatusCode.Accepted, await AskAsync(attacker, victim.Email!));
            var token = await smtp.TokenAsync(victim.Email!, "ase_", before);

            Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(victim, token));
            Assert.Equal(HttpStatusCode.Unauthorized, (await app.Client.PostAsJsonAsync(
                "/api/me/email/confirm", new { token })).StatusCode);
            Assert.Equal(victim.Email, await EmailAsync(victim));
            Assert.Equal(attacker.Email, await EmailAsync(attacker));
        }

        // Nor does a token for another purpose do.
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            await ConfirmAsync(attacker, await smtp.TokenAsync(attacker.Email!, "asv_")));
    }

    [Fact]
    public async Task Setting_a_new_password_by_mail_ends_a_change_that_a_thief_asked_for()
    {
        var person = await Person.RegisterAsync(app);
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(person, wanted));
        var stolen = await smtp.TokenAsync(wanted, "ase_");
        await app.Client.PostAsJsonAsync("/api/auth/password-reset", new { email = person.Email });
        const string next = "another staple 42 battery";

        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.PostAsJsonAsync(
            "/api/auth/password-reset/confirm",
            new { token = await smtp.TokenAsync(person.Email!, "asr_"), password = next })).StatusCode);

        Assert.Equal(
            HttpStatusCode.UnprocessableEntity, await ConfirmAsync(await person.AgainAsync(app, next), stolen));
    }

    [Fact]
    public async Task Without_a_password_only_a_sign_in_of_a_moment_ago_will_do()
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync(
            """
            update ops.user_account set password_hash = null;
            update ops.session set created_at = now() - interval '11 minutes'
            """);

        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(person, wanted, null));
        Assert.Equal(HttpStatusCode.Forbidden, (await person.Client.PostAsJsonAsync(
            "/api/me/password", new { newPassword = "another staple 42 battery" })).StatusCode);

        await app.Database.ExecuteAsync("update ops.session set created_at = now() - interval '9 minutes'");
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(person, wanted, null));
    }

    [Fact]
    public async Task A_second_token_replaces_the_first_and_each_ends_with_its_time()
    {
        var person = await Person.RegisterAsync(app);
        await AskAsync(person, $"first-{wanted}");
        var first = await smtp.TokenAsync($"first-{wanted}", "ase_");
        await AskAsync(person, $"second-{wanted}");
        var second = await smtp.TokenAsync($"second-{wanted}", "ase_");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(person, first));
        await app.Database.ExecuteAsync("update ops.account_token set expires_at = now()");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await ConfirmAsync(person, second));
    }

    [Fact]
    public async Task Nobody_is_flooded_by_changes_to_their_address()
    {
        var person = await Person.RegisterAsync(app);
        for (var n = 0; n < 5; n++)
            Assert.Equal(HttpStatusCode.Accepted, await AskAsync(person, wanted));
        // A second is over before a slow machine has asked again.
        await app.Database.ExecuteAsync(
            "update ops.attempt set blocked_until = now() + interval '1 minute' where blocked_until > '-infinity'");

        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(person, wanted));
    }

    private static object Body(string email, string? currentPassword = Person.Password) =>
        new { email, currentPassword };

    private static async Task<HttpStatusCode> AskAsync(
        Person person, string email, string? password = Person.Password) =>
        (await person.Client.PostAsJsonAsync("/api/me/email", Body(email, password))).StatusCode;

    private static async Task<HttpStatusCode> ConfirmAsync(Person person, string token) =>
        (await person.Client.PostAsJsonAsync("/api/me/email/confirm", new { token })).StatusCode;

    private static async Task<string?> EmailAsync(Person person) =>
        (string?)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["email"];

    private Task<long> EventsAsync(string which) =>
        app.Database.ValueAsync<long>($"select count(*) from ops.event where {which}");
}
