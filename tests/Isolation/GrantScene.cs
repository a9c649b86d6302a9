using System.Text;

namespace Assay;

/// <summary>Who calls, by what: what the rule of a route may ask of them.</summary>
/// <param name="Role">In the organization of the scene; elsewhere, in their own; null of who is in none.</param>
/// <param name="IsHere">Whether they belong to the organization of the scene.</param>
/// <param name="IsPerson">Not an organization's own key.</param>
/// <param name="Scopes">Of a key; null of a session.</param>
internal sealed record GrantActor(
    string Name, Role? Role, bool IsHere, bool IsPerson, IReadOnlyList<string>? Scopes)
{
    public bool IsSession => Scopes is null;

    public bool IsAnonymous => Name.StartsWith("anonymous", StringComparison.Ordinal);

    public bool IsWhole => Scopes is null || Scopes.Contains("admin");

    public bool Is(Role least) => Role >= least;

    public bool Has(string scope) => IsWhole || Scopes!.Contains(scope)
        || (scope.EndsWith(":read") && Scopes!.Contains(scope.Replace(":read", ":write")));

    /// <summary>Everybody whom a route is asked as, with each kind of credential.</summary>
    /// <param name="permission">The route's own.</param>
    public static IEnumerable<GrantActor> All(string permission)
    {
        string[] own = [Permissions.LeastRoles.ContainsKey(permission) ? permission : "runs:read"];
        string[] reading = [.. Permissions.LeastRoles.Keys.Where(scope => scope.EndsWith(":read"))];
        var credentials = new (string Name, IReadOnlyList<string>? Scopes)[]
        {
            ("session", null), ("admin key", ["admin"]), ("key for this alone", own), ("key that reads", reading),
        };
        var people = Enum.GetValues<Role>()
            .Select(role => new GrantActor($"{role}".ToLowerInvariant(), role, true, true, null))
            .Append(new("removed member", null, false, true, null))
            .Append(new("anonymous account", Assay.Role.Owner, false, true, null))
            .Append(new("organization", Assay.Role.Admin, true, false, null));
        return from person in people
               from credential in credentials
               where person.IsPerson || credential.Scopes is not null
               select person with { Name = $"{person.Name}'s {credential.Name}", Scopes = credential.Scopes };
    }
}

/// <summary>
/// What there is for one request: an organization with an owner, the actor with a credential, and what the request is
/// about. Collects the SQL that makes it.
/// </summary>
internal sealed class GrantScene
{
    private readonly StringBuilder sql;
    private readonly bool isRemoved;

    public GrantScene(GrantActor actor, StringBuilder sql)
    {
        this.sql = sql;
        Organization = AddOrganization();
        Owner = Person(Role.Owner);
        Home = actor.IsAnonymous ? AddOrganization() : Organization;
        if (actor.IsAnonymous)
            AddMember(Home, AddUser(), "owner");
        if (actor.IsPerson)
            Actor = AddMember(Home, AddUser(actor.IsAnonymous), $"{actor.Role ?? Role.Member}");
        Credential = actor.Scopes is { } scopes ? AddKey(Home, Actor, scopes).Key : null;
        isRemoved = actor.Role is null;
    }

    public Guid Organization { get; }

    /// <summary>Of the organization, and always there.</summary>
    public Guid Owner { get; }

    /// <summary>Where the actor is, or was.</summary>
    public Guid Home { get; }

    /// <summary>Null of an organization's own key.</summary>
    public Guid? Actor { get; }

    /// <summary>Null until the scene is <see cref="End"/>ed, and of an organization's own key.</summary>
    public SessionClaims? Session { get; private set; }

    /// <summary>The API key; null where the session is it.</summary>
    public string? Credential { get; }

    /// <summary>All is made; now the actor is what they are.</summary>
    public void End()
    {
        if (isRemoved)
            Remove(Actor!.Value);
        // Removal ends sessions, and then one may sign in again.
        Session = Actor is { } person ? AddSession(person) : null;
    }

    public Guid Person(Role role) => AddMember(Organization, AddUser(), $"{role}");

    public Guid Former(Role role) => Remove(Person(role));

    public Guid KeyOfFormer(Role role)
    {
        var user = Person(role);
        var id = Key(user, "runs:read");
        Remove(user);
        return id;
    }

    /// <summary>A key of a member; of the organization with null.</summary>
    public Guid Key(Guid? user, params string[] scopes) => AddKey(Organization, user, scopes).Id;

    /// <summary>A key of whoever acts.</summary>
    public Guid OwnKey(params string[] scopes) => AddKey(Home, Actor, scopes).Id;

    public Guid Prompt(Guid owner, string visibility = "organization") => AddPrompt(Organization, owner, visibility);

    public Guid OwnPrompt() => AddPrompt(Home, Actor, "organization");

    public Guid Link(Guid prompt) => AddShare(prompt, "link", null, "edit");

    /// <summary>A share with whoever acts; with all, where that is no person.</summary>
    public Guid ShareWithActor(Guid prompt) =>
        AddShare(prompt, Actor is null ? "organization" : "user", Actor, "edit");

    /// <summary>The token of an open invitation.</summary>
    public string Token(Guid inviter, string role)
    {
        var token = $"asi_{Guid.NewGuid():n}";
        Invitation(inviter, role, token);
        return token;
    }

    public Guid Invitation(Guid inviter, string role, string? token = null) => Add(
        "ops.invitation", "organization_id, role, token_hash, invited_by, expires_at",
        $"'{Organization}', '{role}', sha256('{token ?? $"{inviter}"}'), '{inviter}', now() + interval '1 day'");

    public Guid ProviderKey(Guid? user) => AddCredential(Organization, user);

    public Guid OwnProviderKey() => AddCredential(Home, Actor);

    public Guid Webhook() => Add(
        "ops.webhook", "organization_id, url, status, ciphertext, encryption_key_id",
        $"'{Organization}', 'https://example.com/hook', 'paused', 'x', 'test'");

    public Guid Message(Guid webhook) => Add(
        "ops.webhook_delivery", "organization_id, webhook_id, event_type, payload, status, finished_at",
        $"'{Organization}', '{webhook}', 'ping.sent', '{{}}', 'succeeded', now()");

    public string Rule()
    {
        Add("core.label_rule", "organization_id, name", $"'{Organization}', 'production'");
        return "production";
    }

    public string Label(Guid prompt, string name = "draft")
    {
        Add("core.entity_label", "organization_id, entity_id, name, version",
            $"'{Organization}', '{prompt}', '{name}', 1");
        return name;
    }

    public Guid LabelRequest(Guid prompt) => Add(
        "core.label_request", "organization_id, entity_id, name, version, user_id, expires_at",
        $"'{Organization}', '{prompt}', 'production', 1, '{Owner}', now() + interval '1 day'");

    /// <summary>An identity at a provider, one of two.</summary>
    public Guid LinkedAccount(Guid user)
    {
        AddLinked(user);
        return AddLinked(user);
    }

    public Guid SessionOf(Guid user) => AddSession(user).SessionId;

    public void Run(string statement) => sql.AppendLine($"{statement};");

    private Guid AddOrganization()
    {
        var id = Guid.CreateVersion7();
        Run($"insert into ops.organization (id, name, slug) values ('{id}', 'Test', 'test-{id:n}')");
        return id;
    }

    private Guid AddUser(bool isAnonymous = false)
    {
        var id = Guid.CreateVersion7();
        var email = isAnonymous ? "null" : $"'{id:n}@example.com'";
        Run($"insert into ops.user_account (id, email) values ('{id}', {email})");
        return id;
    }

    private Guid AddMember(Guid organization, Guid user, string role)
    {
        Run($"""
            insert into ops.organization_user (organization_id, user_id, role)
            values ('{organization}', '{user}', '{role.ToLowerInvariant()}')
            """);
        return user;
    }

    private Guid Remove(Guid user)
    {
        Run($"update ops.organization_user set status = 'removed' where user_id = '{user}'");
        return user;
    }

    private (Guid Id, string Key) AddKey(Guid organization, Guid? user, IReadOnlyList<string> scopes)
    {
        var key = $"ask_{Guid.NewGuid():n}";
        var id = Add(
            "ops.api_key", "organization_id, user_id, name, prefix, key_hash, scopes",
            $"""
            '{organization}', {OrNull(user)}, 'Test', '{key[..12]}', sha256('{key}'),
                '["{string.Join("\",\"", scopes)}"]'
            """);
        return (id, key);
    }

    private SessionClaims AddSession(Guid user)
    {
        var token = Guid.NewGuid();
        var id = Add("ops.session", "user_id, jwt_id, expires_at", $"'{user}', '{token}', now() + interval '1 day'");
        return new(id, token, user);
    }

    private Guid AddPrompt(Guid organization, Guid? owner, string visibility) => Add(
        "core.entity", "organization_id, owner_id, type, title, content, visibility",
        $$"""'{{organization}}', {{OrNull(owner)}}, 'prompt', 'Test', '{"text": "a"}', '{{visibility}}'""");

    private Guid AddShare(Guid prompt, string grantee, Guid? user, string permission) => Add(
        "core.share", "organization_id, entity_id, grantee, user_id, token_hash, permission, created_by",
        $"""
        '{Organization}', '{prompt}', '{grantee}', {OrNull(user)},
            {(grantee == "link" ? $"sha256('{prompt}')" : "null")}, '{permission}', '{Owner}'
        """);

    private Guid AddCredential(Guid organization, Guid? user) => Add(
        "ops.provider_credential",
        "organization_id, user_id, provider_id, name, ciphertext, encryption_key_id",
        $"""
        '{organization}', {OrNull(user)}, (select id from ops.provider where name = 'openai'), 'Test', 'x', 'test'
        """);

    private Guid AddLinked(Guid user) => Add(
        "ops.auth_account", "user_id, provider, provider_account_id, ciphertext, encryption_key_id",
        $"'{user}', 'github', '{Guid.NewGuid()}', 'x', 'test'");

    private Guid Add(string table, string columns, string values)
    {
        var id = Guid.CreateVersion7();
        Run($"insert into {table} (id, {columns}) values ('{id}', {values})");
        return id;
    }

    private static string OrNull(Guid? id) => id is null ? "null" : $"'{id}'";
}
