using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Assay;

public sealed class PasswordTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Theory]
    [InlineData("correct staple 41 battery", null)]
    [InlineData("elevenchars", "12 to 128")]
    [InlineData("password1234", "others")]
    [InlineData("P@ssw0rd2026!", "others")]
    [InlineData("aaaaaaaaaaaaaaa", "others")]
    [InlineData("123456789012", "others")]
    [InlineData("qwertyuiop123", "others")]
    [InlineData("somebody.long", "e-mail")]
    public void A_new_password_is_long_uncommon_and_not_the_address(string password, string? error)
    {
        var found = PasswordRules.Error(password, "Somebody.Long@example.com");

        if (error is null)
            Assert.Null(found);
        else
            Assert.Contains(error, found);
        Assert.NotNull(PasswordRules.Error(new string('x', 100) + "many different letters here, 123456", null));
    }

    [Theory]
    [InlineData("$2a$")]
    [InlineData("$2b$")]
    public async Task An_imported_bcrypt_hash_verifies_and_is_upgraded_at_the_first_login(string kind)
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync(
            $"""
            update ops.user_account set password_hash =
                '{kind}' || substr(public.crypt('imported', public.gen_salt('bf', 5)), 5)
            """);

        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync(person, "importee"));
        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync(person, Person.Password));
        Assert.StartsWith(kind, await HashAsync());
        Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, "imported"));
        Assert.False((await HashAsync()).StartsWith('$'));
        Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, "imported"));
        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync(person, "importee"));
    }

    [Fact]
    public async Task A_password_is_the_same_however_a_keyboard_makes_its_characters()
    {
        const string Composed = "caf\u00e9 au lait, d\u00e9j\u00e0 vu";
        const string Decomposed = "cafe\u0301\u00a0au\u3000lait, de\u0301ja\u0300 vu";
        var person = await Person.RegisterAsync(app);

        foreach (var (set, other) in new[] { (Composed, Decomposed), (Decomposed, Composed) })
        {
            await ResetAsync(person, set);
            Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, other));
            Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, set));
            Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync(person, "cafe au lait, deja vu"));
        }
        var again = await person.AgainAsync(app, Decomposed);
        var changed = await again.Client.PostAsJsonAsync(
            "/api/me/password", new { currentPassword = Decomposed, newPassword = $"{Decomposed} too" });
        Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, $"{Composed} too"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hash_of_a_password_as_it_was_typed_still_fits_and_is_upgraded(bool isImported)
    {
        const string Typed = "de\u0301ja\u0300 vu 41 battery";
        var person = await Person.RegisterAsync(app);
        var hash = isImported
            ? await app.Database.ValueAsync<string>($"select public.crypt('{Typed}', public.gen_salt('bf', 5))")
            : new Microsoft.AspNetCore.Identity.PasswordHasher<object>().HashPassword(new object(), Typed);
        await app.Database.ExecuteAsync($"update ops.user_account set password_hash = '{hash}'");

        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync(person, "de\u0301ja vu 41 battery"));
        Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, Typed));
        Assert.NotEqual(hash, await HashAsync());
        Assert.Equal(HttpStatusCode.OK, await LogInAsync(person, "d\u00e9j\u00e0 vu 41 battery"));
    }

    [Theory]
    [InlineData("$2b$05$broken")]
    [InlineData("$argon2id$v=19$m=65536,t=3,p=4$abc$def")]
    public async Task A_hash_that_nobody_knows_lets_nobody_in(string hash)
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync($"update ops.user_account set password_hash = '{hash}'");

        Assert.Equal(HttpStatusCode.Unauthorized, await LogInAsync(person, Person.Password));
    }

    [Fact]
    public async Task Passwords_are_kept_in_hashes_of_many_rounds()
    {
        await using var configured = await AssayApp.StartAsync(
            app.Database, overrides: services => services.AddSingleton(provider =>
                Options.Create(provider.GetRequiredService<IOptionsMonitor<PasswordOptions>>().CurrentValue)));
        await Person.RegisterAsync(configured);
        var hash = Convert.FromBase64String(await HashAsync());

        // Version 1 of the format: 1, then the pseudo-random function and the rounds, big-endian.
        Assert.Equal(1, hash[0]);
        Assert.Equal(210_000, (hash[5] << 24) + (hash[6] << 16) + (hash[7] << 8) + hash[8]);
    }

    /// <summary>Measured where the work is done, since a difference over HTTP could only be smaller.</summary>
    [Theory]
    [InlineData(false, "another password")]
    [InlineData(true, "another password")]
    [InlineData(false, "ano\u0308ther password")]
    public async Task To_refuse_takes_as_long_whatever_is_stored(bool isImportGoingOn, string typed)
    {
        using var turns = new PasswordTurns();
        var passwords = new Passwords(
            app.Database.Pools, turns, Options.Create(new PasswordOptions { Iterations = 20_000 }));
        var hashes = new List<string?> { null, await passwords.HashAsync(Person.Password, CancellationToken.None) };
        foreach (var rounds in new[] { 2_000, 40_000 })
            hashes.Add(await new Passwords(
                    app.Database.Pools, turns, Options.Create(new PasswordOptions { Iterations = rounds }))
                .HashAsync(Person.Password, CancellationToken.None));
        if (isImportGoingOn)
            foreach (var cost in new[] { 5, 7, 9 })
                hashes.Add(await app.Database.ValueAsync<string>(
                    $"select public.crypt('imported', public.gen_salt('bf', {cost}))"));
        foreach (var hash in hashes)
            await app.Database.ExecuteAsync(
                $"""
                insert into ops.user_account (email, password_hash)
                values ('{Guid.NewGuid():n}@example.com', nullif('{hash}', ''))
                """);
        var identities = new IdentityDatabase(app.Database.Pools, new OrganizationScope());
        var nobody = (await identities.FindAsync<StoredLogin>(
            "select * from ops.find_login('nobody@example.com')", null, CancellationToken.None))!;
        Assert.Equal(
            (null, 40_000, isImportGoingOn ? 9 : null),
            (nobody.Parameters, nobody.RoundsMax, nobody.BcryptCostMax));
        var logins = new List<StoredLogin>();
        foreach (var hash in hashes)
            logins.Add(nobody with { Parameters = hash is null ? null : await ParametersAsync(hash) });

        // What else the machine does disturbs a measurement, but not three, and a difference is there in each.
        var (measured, spread) = ("", double.MaxValue);
        for (var attempt = 0; attempt < 3 && spread > 1.3; attempt++)
        {
            var times = await UndisturbedAsync(passwords, logins, typed);
            (measured, spread) = (
                string.Join(", ", times.Select(time => $"{time:0.0} ms")), times.Max() / times.Min());
        }
        Assert.True(spread <= 1.3, $"Undisturbed they take {measured}.");
    }

    // Others on the machine only add to a time: the second least tells what the work itself takes.
    private static async Task<List<double>> UndisturbedAsync(
        Passwords passwords, List<StoredLogin> logins, string typed)
    {
        // In turns, so that what disturbs falls on all of them alike.
        var times = logins.ConvertAll(_ => new List<double>());
        for (var round = 0; round < 21; round++)
            foreach (var (login, taken) in logins.Zip(times))
            {
                var began = Stopwatch.GetTimestamp();
                await passwords.DeriveAsync(login, typed, CancellationToken.None);
                taken.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        return times.ConvertAll(taken => taken.Order().ElementAt(1));
    }

    [Fact]
    public async Task A_login_that_is_under_way_when_the_password_changes_opens_nothing_and_changes_nothing()
    {
        await Person.RegisterAsync(app);
        var opened = await SessionsAsync();
        var known = await HashAsync();
        var user = await app.Database.ValueAsync<Guid>("select id from ops.user_account");
        var scope = new OrganizationScope();
        scope.Recognize(user);
        var database = new IdentityDatabase(app.Database.Pools, scope);
        Task<DateTimeOffset?> OpenAsync(string hash) => database.FindAsync<DateTimeOffset?>(
            "select * from ops.open_session(@id, @id, '1 hour', 'test', null, @hash, 'upgraded')",
            new { id = Guid.NewGuid(), hash }, CancellationToken.None);

        Assert.Null(await OpenAsync("another hash"));
        Assert.Equal((known, opened), (await HashAsync(), await SessionsAsync()));
        Assert.NotNull(await OpenAsync(known));
        Assert.Equal(("upgraded", opened + 1), (await HashAsync(), await SessionsAsync()));
    }

    private Task<long> SessionsAsync() => app.Database.ValueAsync<long>("select count(*) from ops.session");

    private Task<string> ParametersAsync(string hash) =>
        app.Database.ValueAsync<string>($"select ops.password_parameters('{hash}')");

    /// <summary>What a login is hashed with is known beforehand, and what comes of it is not.</summary>
    [Theory]
    [InlineData(
        "$2b$05$abcdefghijklmnopqrstuu1234567890123456789012345678901",
        "$2b$05$abcdefghijklmnopqrstuu...............................")]
    [InlineData("$argon2id$v=19$m=65536,t=3,p=4$abc$def", null)]
    [InlineData("AQAAAAIAAYagAAAAEAAAAA==", null)]
    public async Task The_database_tells_of_a_hash_only_how_to_make_it(string hash, string? expected) =>
        Assert.Equal(expected ?? "none", await app.Database.ValueAsync<string>(
            $"select coalesce(ops.password_parameters('{hash}'), 'none')"));

    [Fact]
    public async Task The_derived_key_of_a_stored_hash_stays_in_the_database()
    {
        using var turns = new PasswordTurns();
        var passwords = new Passwords(app.Database.Pools, turns, Options.Create(new PasswordOptions()));
        var hash = await passwords.HashAsync(Person.Password, CancellationToken.None);
        var parameters = await ParametersAsync(hash);

        Assert.Equal(Convert.FromBase64String(hash)[..29], Convert.FromBase64String(parameters)[..29]);
        Assert.Equal(new byte[32], Convert.FromBase64String(parameters)[29..]);
        var login = new StoredLogin(parameters, null, null);
        Assert.Equal(
            [new DerivedPassword(hash, false)], await passwords.DeriveAsync(login, Person.Password, default));
        Assert.NotEqual(hash, (await passwords.DeriveAsync(login, "another password", default))[0].Hash);
    }

    [Fact]
    public async Task Two_logins_at_once_both_succeed_and_upgrade_an_imported_hash_once()
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync(
            """
            update ops.user_account set password_hash = public.crypt('imported', public.gen_salt('bf', 5));
            create sequence upgrades;
            create function count_upgrade() returns trigger language plpgsql security definer
                as $$ begin perform nextval('public.upgrades'); return null; end $$;
            create trigger count_upgrade after update on ops.user_account
                for each row when (old.password_hash is distinct from new.password_hash)
                execute function count_upgrade();
            """);

        // Whoever holds the row lets both verify the old hash before either can write.
        await using var source = Npgsql.NpgsqlDataSource.Create(app.Database.Administrator);
        await using var holding = await source.OpenConnectionAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("select id from ops.user_account for update", holding))
            await hold.ExecuteScalarAsync();
        var logins = new[] { LogInAsync(person, "imported"), LogInAsync(person, "imported") };
        await Eventually.TrueAsync(
            () => app.Database.ValueAsync<bool>(
                """
                select count(*) = 2 from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'
                """),
            TimeSpan.FromSeconds(30), () => "The logins do not wait for each other.");
        await transaction.CommitAsync();

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], await Task.WhenAll(logins));
        Assert.Equal(1, await app.Database.ValueAsync<long>("select last_value from upgrades"));
        Assert.Equal(2, await app.Database.ValueAsync<long>("select nextval('upgrades')"));
    }

    [Fact]
    public async Task A_flood_of_logins_has_its_turns_and_leaves_the_rest_refused()
    {
        using var turns = new PasswordTurns(atOnce: 2, waitingMax: 3);
        var release = new TaskCompletionSource();
        var running = 0;
        async Task<int> WorkAsync()
        {
            var now = Interlocked.Increment(ref running);
            await release.Task;
            Interlocked.Decrement(ref running);
            return now;
        }

        var admitted = Enumerable.Range(0, 5).Select(_ => turns.TakeAsync(WorkAsync, CancellationToken.None)).ToArray();
        await Assert.ThrowsAsync<PasswordsBusyException>(() => turns.TakeAsync(WorkAsync, CancellationToken.None));
        release.SetResult();

        Assert.True((await Task.WhenAll(admitted)).Max() <= 2);
        Assert.Equal(1, await turns.TakeAsync(WorkAsync, CancellationToken.None));
    }

    private async Task ResetAsync(Person person, string password)
    {
        await app.Database.ExecuteAsync(
            $"""
            delete from ops.account_token;
            insert into ops.account_token (user_id, purpose, token_hash, email, expires_at)
            select id, 'password_reset', sha256('asr_known'), email, now() + interval '1 hour' from ops.user_account
            """);
        var reset = await app.Client.PostAsJsonAsync(
            "/api/auth/password-reset/confirm", new { token = "asr_known", password });
        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
    }

    private Task<string> HashAsync() =>
        app.Database.ValueAsync<string>("select password_hash from ops.user_account");

    private async Task<HttpStatusCode> LogInAsync(Person person, string password) =>
        (await Person.LogInAsync(app, person.Email!, password)).StatusCode;
}
