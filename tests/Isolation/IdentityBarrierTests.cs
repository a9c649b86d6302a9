using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Npgsql;

namespace Assay;

/// <summary>
/// SQL that slips into a statement of the app's, while a viewer is rightly there, gets at nobody's identity.
/// </summary>
public sealed class IdentityBarrierTests : IAsyncLifetime
{
    private const string Hash = "'\\x00000000000000000000000000000000000000000000000000000000000000ff'::bytea";

    // As far as settings go, the statement is one of the identity code's from here on, and of the owner.
    private const string Forgery =
        """
        select set_config('assay.scope', replace(
            current_setting('assay.scope'), @viewer::text, @owner::text) || '|identity', true);
        """;

    // Of @owner, who owns the organization @org and has the address @email and the session @session; @viewer is there.
    private static readonly Dictionary<string, string> Attacks = new()
    {
        ["plant a signing key"] =
            """
            insert into ops.signing_key (ciphertext, encryption_key_id, signs_until, verifies_until)
            values ('\x00', 'test', now() + interval '1 day', now() + interval '2 days')
            """,
        ["have a signing key planted"] =
            "select ops.add_signing_key(gen_random_uuid(), '\\x00', 'test', '1 day', '2 days')",
        ["read the signing keys"] = "select ciphertext from ops.signing_key",
        ["have the signing keys read"] = "select ciphertext from ops.list_signing_keys()",
        ["remove the signing keys"] = "delete from ops.signing_key",
        ["plant a session"] =
            """
            insert into ops.session (user_id, jwt_id, expires_at)
            values (@owner, gen_random_uuid(), now() + interval '1 day')
            """,
        ["have a session opened"] =
            "select ops.open_session(gen_random_uuid(), gen_random_uuid(), '1 day', '', null, null, null)",
        ["prolong a session"] = "update ops.session set expires_at = now() + interval '1 year'",
        ["read what tokens name"] = "select jwt_id from ops.session",
        ["have a session refreshed"] =
            "select * from ops.refresh_session(@session, gen_random_uuid(), gen_random_uuid(), '1 day')",
        ["end somebody's session"] = "select ops.revoke_session(@session)",
        ["read a password's hash"] = "select password_hash from ops.user_account",
        ["read a whole account"] = "select u from ops.user_account u",
        ["ask how a password is hashed"] = "select * from ops.find_login(@email)",
        ["ask how one's own password is hashed"] = "select * from ops.find_own_login()",
        ["compare a password"] = "select ops.check_login(@email, array['hash'], null, null)",
        ["write a password"] = "update ops.user_account set password_hash = 'hash'",
        ["write an address"] = "update ops.user_account set email = 'mine@example.com'",
        ["become an administrator"] = "update ops.user_account set is_admin = true",
        ["have a password changed"] = "select ops.change_password(null, 'hash', null)",
        ["begin a reset with a token of one's own"] = $"select ops.begin_password_reset(@email, {Hash}, '1 hour')",
        ["end a reset"] = $"select ops.reset_password({Hash}, 'hash')",
        ["begin a change of address"] = $"select ops.begin_email_proof({Hash}, 'mine@example.com', '1 hour')",
        ["end a change of address"] = $"select * from ops.change_email({Hash})",
        ["begin a sign-in"] = $"select ops.begin_sign_in({Hash}, '1 hour')",
        ["plant a token"] =
            $"""
            insert into ops.account_token (user_id, purpose, token_hash, expires_at)
            values (@owner, 'sign_in', {Hash}, now() + interval '1 hour')
            """,
        ["read tokens"] = "select token_hash from ops.account_token",
        ["link an identity to one's account"] =
            "select ops.add_auth_account(gen_random_uuid(), 'github', '1', '\\x00', 'test', '{}')",
        ["plant an identity"] =
            """
            insert into ops.auth_account (user_id, provider, provider_account_id, ciphertext, encryption_key_id)
            values (@owner, 'github', '1', '\x00', 'test')
            """,
        ["read the tokens of an identity"] = "select ciphertext from ops.auth_account",
        ["link an identity to somebody's account"] =
            $"select ops.begin_provider_visit({Hash}, {Hash}, 'github', null, @session, null, null, '1 hour')",
        ["make an account"] = "select ops.create_account('mine@example.com', true, null, null, 'hash')",
        ["delete an account"] = "select ops.delete_account(now())",
        ["remove an account"] = "delete from ops.user_account where id = @owner",
        ["become an owner"] = "update ops.organization_user set role = 'owner'",
        ["be made an owner"] = "select ops.change_member(@viewer, now(), 'owner')",
        ["join as an owner"] =
            """
            insert into ops.organization_user (organization_id, user_id, role)
            values (@org, gen_random_uuid(), 'owner')
            """,
        ["remove the owner"] = "select ops.remove_member(@owner, now())",
        ["plant a key of the owner"] =
            $"""
            insert into ops.api_key (organization_id, user_id, name, prefix, key_hash, scopes)
            values (@org, @owner, 'mine', 'ask_', {Hash}, '["admin"]')
            """,
        ["have a key of the owner made"] =
            $"select * from ops.create_api_key(gen_random_uuid(), @owner, '', '', {Hash}, '[\"admin\"]', null)",
        ["have a key of the organization made"] =
            $"select * from ops.create_api_key(gen_random_uuid(), null, '', '', {Hash}, '[\"admin\"]', null)",
        ["read keys"] = "select key_hash from ops.api_key",
        ["revive keys"] = "update ops.api_key set revoked_at = null",
        ["invite an owner"] =
            $"select * from ops.create_invitation(gen_random_uuid(), null, 'owner', {Hash}, '1 hour')",
        ["plant an invitation"] =
            $"""
            insert into ops.invitation (organization_id, role, token_hash, expires_at)
            values (@org, 'owner', {Hash}, now() + interval '1 day')
            """,
        ["read invitations' tokens"] = "select token_hash from ops.invitation",
        ["accept an invitation"] = $"select * from ops.accept_invitation({Hash}, gen_random_uuid())",
        ["take over an invitation"] = "update ops.invitation set accepted_by = @viewer",
        ["make an organization"] =
            "select ops.create_organization(gen_random_uuid(), 'Mine', 'mine', gen_random_uuid())",
        ["end the organization"] = "update ops.organization set deleted_at = now()",
        ["have the organization ended"] = "select ops.end_organization(now())",
        ["forget attempts"] = $"select ops.forgive_attempt({Hash}, {Hash})",
        ["remove attempts"] = "delete from ops.attempt",
    };

    private AssayApp app = null!;
    private Person owner = null!;
    private Person viewer = null!;
    private Guid organization;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync();
        owner = await Person.RegisterAsync(app);
        viewer = await Person.RegisterAsync(app);
        organization = await app.Database.ValueAsync<Guid>(
            $"select organization_id from ops.organization_user where user_id = '{await owner.IdAsync(app)}'");
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.organization_user (organization_id, user_id, role)
            values ('{organization}', '{await viewer.IdAsync(app)}', 'viewer')
            """);
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task What_slips_into_a_viewers_statement_is_refused_everything_about_identities()
    {
        var before = await IdentitiesAsync();
        foreach (var (attack, sql) in Attacks)
        {
            foreach (var forgery in new[] { "", Forgery })
            {
                var refusal = await Record.ExceptionAsync(() => AsViewerAsync($"{forgery}{sql}"));
                Assert.True(
                    refusal is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege },
                    $"{attack}: {refusal?.Message ?? "done"}");
            }
        }

        Assert.Equal(before, await IdentitiesAsync());
        Assert.True(await (await owner.AgainAsync(app)).IsSignedInAsync());
    }

    [Fact]
    public async Task A_token_signed_with_a_key_that_was_not_sealed_here_opens_nothing()
    {
        using var planted = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (key, session, jwt) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var exported = Convert.ToBase64String(planted.ExportPkcs8PrivateKey());
        // As if the first barrier were gone.
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.signing_key (id, ciphertext, encryption_key_id, signs_until, verifies_until)
            values ('{key}', convert_to('{exported}', 'UTF8'), 'test', now() + interval '1 day',
                now() + interval '2 days');
            insert into ops.session (id, user_id, jwt_id, expires_at)
            values ('{session}', '{await owner.IdAsync(app)}', '{jwt}', now() + interval '1 day')
            """);
        await using var other = await AssayApp.StartAsync(app.Database);

        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var forged = Jwt.Compact(
            $$"""{"alg":"ES256","typ":"JWT","kid":"{{key}}"}""",
            new JsonObject
            {
                ["iss"] = "assay",
                ["sub"] = await owner.IdAsync(app),
                ["sid"] = session,
                ["jti"] = jwt,
                ["iat"] = now,
                ["exp"] = now + 3600,
            }.ToJsonString(),
            signed => planted.SignData(signed, HashAlgorithmName.SHA256));

        foreach (var reader in new[] { app, other })
        {
            Assert.Equal(
                HttpStatusCode.Unauthorized,
                (await Person.With(reader, owner.Email, forged).Client.GetAsync("/api/me")).StatusCode);
            Assert.True(await Person.With(reader, owner.Email, owner.Token).IsSignedInAsync());
            Assert.True(await (await owner.AgainAsync(reader)).IsSignedInAsync());
        }
    }

    private async Task AsViewerAsync(string sql)
    {
        var scope = new OrganizationScope();
        var user = await viewer.IdAsync(app);
        scope.Enter(organization, new Actor(ActorKind.User, user, user));
        var ownerId = await owner.IdAsync(app);
        await new Database(app.Database.Pools, scope).ExecuteAsync(
            sql,
            new
            {
                owner = ownerId,
                viewer = user,
                org = organization,
                email = owner.Email,
                session = await app.Database.ValueAsync<Guid>(
                    $"select id from ops.session where user_id = '{ownerId}' limit 1"),
            },
            CancellationToken.None);
    }

    // All that there is, but for when somebody was seen last.
    private Task<string> IdentitiesAsync() => app.Database.ValueAsync<string>(
        """
        select md5(string_agg(content, ' ' order by content)) from (
            select (to_jsonb(t) - 'last_seen_at')::text as content from ops.session t
            union all select t::text from ops.signing_key t
            union all select t::text from ops.user_account t
            union all select t::text from ops.account_token t
            union all select t::text from ops.auth_account t
            union all select t::text from ops.provider_visit t
            union all select t::text from ops.api_key t
            union all select t::text from ops.invitation t
            union all select t::text from ops.organization_user t
        ) everything
        """);
}
