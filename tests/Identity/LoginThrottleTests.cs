using System.Net;
using System.Net.Http.Json;

namespace Assay;

public sealed class LoginThrottleTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task Guesses_at_an_account_must_wait_longer_and_longer_whether_it_exists_or_not()
    {
        var person = await Person.RegisterAsync(app);
        foreach (var email in new[] { person.Email!, "nobody@example.com" })
        {
            for (var guess = 0; guess < 5; guess++)
                Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(email));
            await StretchAsync();
            Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync(email));
            // Whoever knows the password waits, too; but what is refused does not count.
            var refused = await Person.LogInAsync(app, email, Person.Password);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 61);
        }

        await app.Database.ExecuteAsync("update ops.attempt set attempts = 12, blocked_until = now()");
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(person.Email!));
        var later = await Person.LogInAsync(app, person.Email!, Person.Password);
        Assert.InRange(later.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 250, 256);
    }

    [Fact]
    public async Task Attempts_at_the_same_time_in_several_processes_are_counted_all()
    {
        await using var other = await AssayApp.StartAsync(app.Database);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(n =>
            Person.LogInAsync(n % 2 == 0 ? app : other, "nobody@example.com", "another password")));

        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(11, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_success_ends_the_count_of_its_account()
    {
        var person = await Person.RegisterAsync(app);
        for (var round = 0; round < 3; round++)
        {
            for (var guess = 0; guess < 4; guess++)
                Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(person.Email!));
            Assert.True(await (await person.AgainAsync(app)).IsSignedInAsync());
        }
    }

    [Fact]
    public async Task Guesses_at_many_accounts_from_one_address_must_wait()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync("first@example.com"));
        await app.Database.ExecuteAsync(
            "update ops.attempt set attempts = 600, blocked_until = now() + interval '1 hour'");

        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync("second@example.com"));
        await app.Database.ExecuteAsync(
            "update ops.attempt set blocked_until = now(), last_attempt_at = now() - interval '2 days'");
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync("second@example.com"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync("second@example.com"));
    }

    [Fact]
    public async Task What_succeeds_leaves_nothing_counted_against_its_address()
    {
        await using var issuer = await OpenIdIssuer.StartAsync();
        await using var site = await AssayApp.StartAsync(app.Database, issuer.SettingsAs("sso"));
        var person = await Person.RegisterAsync(site);
        await person.AgainAsync(site);
        using var browser = new Browser(site.Address);
        Assert.Equal(HttpStatusCode.OK, (await browser.SignInAsync("sso")).StatusCode);

        Assert.Equal(0, await CountAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(person.Email!));
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task An_address_of_many_people_is_not_held_up_by_some_who_mistype_every_day()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync("first@example.com"));
        await app.Database.ExecuteAsync(
            "update ops.attempt set attempts = 499, last_attempt_at = now() - interval '12 hours'");

        for (var guess = 0; guess < 3; guess++)
            Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync($"other-{guess}@example.com"));

        Assert.Equal(252, await app.Database.ValueAsync<double>("select round(max(attempts)) from ops.attempt where "
            + "last_attempt_at > now() - interval '1 hour'"));
    }

    [Fact]
    public async Task A_password_in_use_cannot_be_guessed_from_an_open_session()
    {
        var person = await Person.RegisterAsync(app);
        async Task<HttpStatusCode> GuessAsync() => (await person.Client.PostAsJsonAsync(
            "/api/me/password",
            new { currentPassword = "another password", newPassword = "another staple 42 battery" })).StatusCode;

        for (var guess = 0; guess < 5; guess++)
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await GuessAsync());
        await StretchAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, await GuessAsync());
    }

    // A second is over before a slow machine has asked again.
    private Task StretchAsync() => app.Database.ExecuteAsync(
        "update ops.attempt set blocked_until = blocked_until + interval '1 minute' where blocked_until > '-infinity'");

    private async Task<double> CountAsync() =>
        await app.Database.ValueAsync<double>("select coalesce(round(sum(attempts)), 0) from ops.attempt");

    private async Task<HttpStatusCode> GuessAsync(string email) =>
        (await Person.LogInAsync(app, email, "another password")).StatusCode;
}
