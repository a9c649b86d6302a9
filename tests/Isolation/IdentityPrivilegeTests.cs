namespace Assay;

/// <summary>What the app's roles may do with what belongs to <c>assay_identity</c>: this, and nothing else.</summary>
public sealed class IdentityPrivilegeTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly string[] Tables =
    [
        "account_token", "api_key", "attempt", "auth_account", "invitation", "organization_user", "provider_visit",
        "session", "signing_key", "user_account",
    ];

    private static readonly string[] Granted =
    [
        "assay_app: execute on ops.accept_invitation",
        "assay_app: execute on ops.add_auth_account",
        "assay_app: execute on ops.add_signing_key",
        "assay_app: execute on ops.authenticate_api_key",
        "assay_app: execute on ops.authenticate_session",
        "assay_app: execute on ops.begin_email_proof",
        "assay_app: execute on ops.begin_password_reset",
        "assay_app: execute on ops.begin_provider_visit",
        "assay_app: execute on ops.begin_sign_in",
        "assay_app: execute on ops.change_account",
        "assay_app: execute on ops.change_api_key",
        "assay_app: execute on ops.change_email",
        "assay_app: execute on ops.change_member",
        "assay_app: execute on ops.change_password",
        "assay_app: execute on ops.check_login",
        "assay_app: execute on ops.check_own_password",
        "assay_app: execute on ops.claim_account",
        "assay_app: execute on ops.create_account",
        "assay_app: execute on ops.create_api_key",
        "assay_app: execute on ops.create_invitation",
        "assay_app: execute on ops.create_organization",
        "assay_app: execute on ops.delete_account",
        "assay_app: execute on ops.end_organization",
        "assay_app: execute on ops.end_provider_visit",
        "assay_app: execute on ops.find_auth_account",
        "assay_app: execute on ops.find_invitation",
        "assay_app: execute on ops.find_login",
        "assay_app: execute on ops.find_own_account",
        "assay_app: execute on ops.find_own_login",
        "assay_app: execute on ops.find_password_reset",
        "assay_app: execute on ops.forgive_attempt",
        "assay_app: execute on ops.hold_invitation",
        "assay_app: execute on ops.list_signing_keys",
        "assay_app: execute on ops.open_session",
        "assay_app: execute on ops.refresh_session",
        "assay_app: execute on ops.remove_auth_account",
        "assay_app: execute on ops.remove_member",
        "assay_app: execute on ops.rename_organization",
        "assay_app: execute on ops.renew_auth_account",
        "assay_app: execute on ops.reset_password",
        "assay_app: execute on ops.revoke_api_key",
        "assay_app: execute on ops.revoke_invitation",
        "assay_app: execute on ops.revoke_session",
        "assay_app: execute on ops.revoke_sessions",
        "assay_app: execute on ops.rotate_api_key",
        "assay_app: execute on ops.take_attempt",
        "assay_app: execute on ops.take_sign_in",
        "assay_app: execute on ops.verify_email",
        "assay_app: select on ops.api_key (id, organization_id, user_id, name, prefix, scopes, expires_at, revoked_at, "
            + "last_used_at, created_at, updated_at, replaced_by)",
        "assay_app: select on ops.auth_account (id, user_id, provider, raw_profile, created_at, updated_at)",
        "assay_app: select on ops.invitation (id, organization_id, email, role, invited_by, expires_at, accepted_at, "
            + "accepted_by, revoked_at, created_at, updated_at)",
        "assay_app: select on ops.organization_user",
        "assay_app: select on ops.session (id, user_id, expires_at, revoked_at, last_seen_at, user_agent, address, "
            + "created_at)",
        "assay_app: select on ops.user_account (id, email, username, name, avatar_url, bio, is_active, is_admin, "
            + "last_login_at, created_at, updated_at, email_verified_at, has_password)",
        // The rotation of keys.
        "assay_job: select on ops.auth_account (id, ciphertext, encryption_key_id)",
        "assay_job: select on ops.signing_key (id, ciphertext, encryption_key_id)",
        "assay_job: update on ops.auth_account (ciphertext, encryption_key_id)",
        "assay_job: update on ops.signing_key (ciphertext, encryption_key_id)",
    ];

    // Called before it is known who asks, or of what is one's own: they change nothing that anybody could want.
    private static readonly string[] Open =
        ["authenticate_api_key", "authenticate_session", "find_invitation", "find_own_account"];

    [Fact]
    public async Task The_tables_of_identities_belong_to_a_role_that_nobody_logs_in_as() =>
        Assert.Equal(Tables, await ListAsync(
            """
            select c.relname::text from pg_class c
            join pg_roles r on r.oid = c.relowner and r.rolname = 'assay_identity' and not r.rolcanlogin
            where c.relkind = 'r' order by 1
            """));

    [Fact]
    public async Task The_roles_of_the_app_have_these_rights_to_them_and_no_others() =>
        Assert.Equal(Granted, await ListAsync(
            """
            with granted as (
                select a.grantee, a.privilege_type, c.oid::regclass::text as what
                from pg_class c, aclexplode(c.relacl) a
                where c.relowner = 'assay_identity'::regrole
                union all
                select a.grantee, a.privilege_type,
                    format('%s (%s)', c.oid::regclass, string_agg(t.attname, ', ' order by t.attnum))
                from pg_class c
                join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
                where c.relowner = 'assay_identity'::regrole
                group by 1, 2, c.oid
                union all
                select a.grantee, a.privilege_type, p.oid::regproc::text
                from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                where p.proowner = 'assay_identity'::regrole
            )
            select format('%s: %s on %s', case grantee when 0 then 'public' else grantee::regrole::text end,
                lower(privilege_type), what) collate "C"
            from granted
            where grantee not in ('assay_identity'::regrole, 'assay_owner'::regrole)
            order by 1
            """));

    [Fact]
    public async Task Their_functions_answer_to_the_identity_code_alone() =>
        Assert.Equal(Open, await ListAsync(
            """
            select p.proname::text collate "C" from pg_proc p
            where p.proowner = 'assay_identity'::regrole and has_function_privilege('assay_app', p.oid, 'execute')
                and p.prosrc !~ 'ops\.(assert_|hold_invitation|create_api_key)'
            order by 1
            """));

    private async Task<IReadOnlyList<string>> ListAsync(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(database.Administrator);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
            names.Add(reader.GetString(0));
        return names;
    }
}
